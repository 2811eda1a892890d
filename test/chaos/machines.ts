import { isDeepStrictEqual } from 'node:util';
import type { CheckId } from '../../src/checks/check.js';
import {
  configuration,
  configured,
  debian,
  hosts,
  memory,
  processors,
  systemctl,
  type TwoMachines,
  timedatectl,
  twoMachines,
} from '../support/chaos/two-machines.js';
import { type OwnFiles, withoutOwnMachines } from '../support/own-machine.js';
import type { ChaosPart } from './part.js';

/** What goes wrong on a machine of two that have surroundings of their own. */
interface MachineFault {
  /** A sentence without a full stop. */
  readonly what: string;
  /** The check that names the cause. */
  readonly cause: CheckId;
  /** All that is found, in its order. */
  readonly found: readonly string[];
  inject(two: TwoMachines): Promise<void>;
}

const written = (files: OwnFiles) => ({
  inject: ({ second }: TwoMachines) => second.write(files),
});

export const machineFaults: readonly MachineFault[] = [
  {
    what: 'no time service keeps the clock of a machine',
    ...{ cause: 'nodes/time-source', found: ['warn nodes/time-source web-2'] },
    ...written({ 'bin/timedatectl': timedatectl('no') }),
  },
  {
    what: 'a machine has one processor',
    ...{ cause: 'nodes/processors', found: ['warn nodes/processors web-2'] },
    ...written({ processors: processors(1) }),
  },
  {
    what: 'a machine has less memory than Octopus names for its task cap',
    ...{ cause: 'nodes/memory', found: ['warn nodes/memory web-2'] },
    ...written({ memory: memory(2, 1) }),
  },
  {
    what: 'a machine has no memory left',
    ...{ cause: 'nodes/memory-free', found: ['warn nodes/memory-free web-2'] },
    ...written({ memory: memory(16, 1) }),
  },
  {
    what: 'a machine has ten times the work that its processors do',
    ...{ cause: 'nodes/load', found: ['warn nodes/load web-2'] },
    ...written({ load: '40.00 38.20 30.10 41/900 7\n' }),
  },
  {
    what: 'updates of a machine wait for a restart',
    ...{ cause: 'nodes/reboot-pending', found: ['warn nodes/reboot-pending web-2'] },
    ...written({ 'run/reboot-required': '*** System restart required ***\n' }),
  },
  {
    what: 'a machine was started a minute ago',
    ...{ cause: 'nodes/booted', found: ['warn nodes/booted web-2'] },
    inject: ({ restarted }) => restarted(),
  },
  {
    what: 'a machine has another operating system than the others',
    ...{ cause: 'nodes/same-system', found: ['warn nodes/same-system'] },
    ...written({ system: debian('11') }),
  },
  {
    what: 'systemd restarts Octopus Server again and again',
    ...{ cause: 'nodes/service-restarts', found: ['warn nodes/service-restarts web-2'] },
    ...written({ 'bin/systemctl': systemctl({ NRestarts: '7' }) }),
  },
  {
    what: 'Octopus Server runs under another account on one machine',
    ...{ cause: 'nodes/same-account', found: ['warn nodes/same-account'] },
    ...written({ 'bin/systemctl': systemctl({ User: 'root' }) }),
  },
  {
    what: 'one node names the database by another server',
    ...{ cause: 'nodes/same-database', found: ['warn nodes/database web-2', 'fail nodes/same-database'] },
    inject: ({ second, database }) => second.write({ [configuration]: configured('web-2', database, 'sql-old.test') }),
  },
  {
    what: "the hosts file of a machine has the balancer's old address, where something still listens",
    ...{ cause: 'network/names-agree', found: ['warn network/names-agree'] },
    ...written({ hosts: hosts('127.0.0.2') }),
  },
  {
    what: 'every machine has a disk of its own in the place of the share',
    ...{ cause: 'storage/not-local', found: ['fail storage/not-local web-1', 'fail storage/not-local web-2'] },
    inject: ({ mountOnBoth, local }) => mountOnBoth({ folder: local }),
  },
  {
    what: 'the share is full',
    ...{ cause: 'storage/free-space', found: ['fail storage/free-space web-1', 'fail storage/free-space web-2'] },
    inject: ({ mountOnBoth, files }) =>
      mountOnBoth({ remote: 'files:/srv/small', configuration: files.under('files') }),
  },
  {
    what: 'one machine has another folder of the file server mounted, with the same names in it',
    ...{ cause: 'storage/same-source', found: ['fail storage/same-source'] },
    inject: ({ second, files }) => second.mount({ remote: 'files:/srv/copy', configuration: files.under('files') }),
  },
  {
    what: 'one machine has the share mounted by another name of the file server, which may be another server',
    ...{ cause: 'storage/same-source', found: ['unknown storage/same-source'] },
    inject: ({ second, files }) =>
      second.mount({ remote: 'files.test:/srv/octopus', configuration: files.under('files.test') }),
  },
  {
    what: 'the name of the file server leads one machine to another server, with the same names in its folders',
    ...{ cause: 'storage/same-size', found: ['fail storage/same-size'] },
    inject: ({ second, other }) => second.mount({ remote: 'files:/srv/octopus', configuration: other.under('files') }),
  },
];

/** Breaks one thing, has doctor find exactly what comes of it, and mends it. */
export async function findMachineFault(two: TwoMachines, { what, found, inject }: MachineFault): Promise<void> {
  await inject(two);
  try {
    const said = await two.found();
    if (!isDeepStrictEqual(said, found)) throw new Error(`${what}: doctor found ${said.join('; ') || 'nothing'}`);
  } finally {
    await two.mend();
  }
}

/** Tries doctor with each of them; the machines are root's to make. */
export const machinesNamed: ChaosPart = async ({ say }) => {
  const name = 'faults of machines that doctor has to name';
  if (withoutOwnMachines !== false) {
    return { results: [{ name, runs: 0, failed: [], notes: [`not tried: ${withoutOwnMachines}`] }] };
  }
  const failed: string[] = [];
  const rows: string[] = [];
  await using two = await twoMachines();
  for (const [i, fault] of machineFaults.entries()) {
    const error = await findMachineFault(two, fault).then(
      () => undefined,
      (reason: Error) => reason.message,
    );
    say(error === undefined ? `machine ${i + 1} of ${machineFaults.length}: ${fault.what}` : `FAILED ${error}`);
    if (error !== undefined) failed.push(error);
    const place = fault.found.findIndex((one) => one.includes(fault.cause)) + 1;
    rows.push(`| ${fault.what} | \`${fault.cause}\` | ${error === undefined ? `finding ${place}` : '**not named**'} |`);
  }
  const text = [
    `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${process.platform}: ${rows.length} faults, ${failed.length} not named.`,
    '',
    '| what is broken | the cause, by its check | named as |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
  return {
    results: [{ name, runs: rows.length, failed, notes: [] }],
    measured: [{ page: 'docs/faults.md', text }],
  };
};
