import { formatDuration } from '../../cluster/duration.js';
import type { MachineFacts } from '../../operations/probe/machine-facts.js';
import { type CheckId, fail, pass, type Remedy, skip, type Verdict, warn } from '../check.js';
import { type Machines, machineCheck, machinesCheck } from '../kinds.js';
import { ours } from '../limits.js';

const gigabyte = 1024 ** 3;

/**
 * Processors and gigabytes that Octopus names for a task cap.
 * https://octopus.com/docs/best-practices/self-hosted-octopus/high-availability
 */
const sizes = [
  { cap: 10, processors: 2, gigabytes: 4 },
  { cap: 20, processors: 4, gigabytes: 8 },
  { cap: 40, processors: 8, gigabytes: 16 },
  { cap: 80, processors: 16, gigabytes: 32 },
  { cap: Number.POSITIVE_INFINITY, processors: 32, gigabytes: 64 },
] as const;

const sizeFor = (cap: number) => sizes.find((size) => cap <= size.cap) ?? sizes[sizes.length - 1];

const processors = machineCheck({
  id: 'nodes/processors',
  ofMachine: true,
  title: 'the machine has the processors for its task cap',
  why: 'Octopus names 2 for a cap up to 10, 4 for 20, 8 for 40, 16 for 80, 32 beyond.',
  cure: { text: 'Lower the cap, or give the machine more processors.', commands: ['octo-ha node cap NODE N'] },
  judge(facts, { taskCap }): Verdict {
    if (facts.processors === null) return skip('the machine does not tell');
    const evidence = { processors: facts.processors, taskCap };
    const wanted = sizeFor(taskCap)?.processors ?? 0;
    return facts.processors >= wanted
      ? pass(evidence)
      : warn(`it has ${facts.processors} processors for a task cap of ${taskCap}; Octopus names ${wanted}`, {
          evidence,
        });
  },
});

const memory = machineCheck({
  id: 'nodes/memory',
  ofMachine: true,
  title: 'the machine has the memory for its task cap',
  why: 'Octopus names 4 GB for a cap up to 10, 8 for 20, 16 for 40, 32 for 80, 64 beyond.',
  cure: { text: 'Lower the cap, or give the machine more memory.', commands: ['octo-ha node cap NODE N'] },
  judge({ memoryBytes }, { taskCap }): Verdict {
    if (memoryBytes === null) return skip('the machine does not tell');
    const has = memoryBytes / gigabyte;
    const evidence = { gigabytes: Math.round(has * 10) / 10, taskCap };
    const wanted = sizeFor(taskCap)?.gigabytes ?? 0;
    // The firmware keeps some of what was bought.
    return has >= 0.9 * wanted
      ? pass(evidence)
      : warn(`it has ${evidence.gigabytes} GB for a task cap of ${taskCap}; Octopus names ${wanted}`, { evidence });
  },
});

const memoryUse = machineCheck({
  id: 'nodes/memory-free',
  ofMachine: true,
  title: 'the machine has memory left',
  why: 'A machine that swaps is late with heartbeats and taken for dead.',
  cure: { text: 'See what uses it; lower the task cap.', commands: ['octo-ha node cap NODE N'] },
  judge({ memoryBytes, memoryAvailableBytes }, _node, { limits }): Verdict {
    if (memoryBytes === null || memoryAvailableBytes === null || memoryBytes === 0)
      return skip('the machine does not tell');
    const used = Math.round(100 - (100 * memoryAvailableBytes) / memoryBytes);
    return used > limits.memoryUsedWarn
      ? warn(`${used}% of its memory are in use ${ours(limits, 'memoryUsedWarn')}`, { evidence: { usedPercent: used } })
      : pass({ usedPercent: used });
  },
});

const load = machineCheck({
  id: 'nodes/load',
  ofMachine: true,
  title: 'the machine keeps up with its work',
  why: 'Work that waits for a processor makes every deployment slower.',
  cure: { text: 'See what runs there; lower the task cap.', commands: ['octo-ha node cap NODE N'] },
  judge(facts, _node, { limits }): Verdict {
    if (facts.load === null || facts.processors === null || facts.processors === 0)
      return skip('the machine does not tell');
    const evidence = { load: facts.load, processors: facts.processors };
    return facts.load / facts.processors > limits.loadPerCpuWarn
      ? warn(`its load is ${facts.load} on ${facts.processors} processors ${ours(limits, 'loadPerCpuWarn')}`, {
          evidence,
        })
      : pass(evidence);
  },
});

const reboot = machineCheck({
  id: 'nodes/reboot-pending',
  ofMachine: true,
  title: 'the machine waits for no restart',
  why: 'Updates that wait for a restart will have it at a moment of their own.',
  cure: { text: 'Restart it in good order.', commands: ['octo-ha node restart NODE --reboot'] },
  judge({ rebootPending }): Verdict {
    if (rebootPending === null) return skip('the machine does not tell');
    return rebootPending ? warn('it waits for a restart') : pass();
  },
});

const booted = machineCheck({
  id: 'nodes/booted',
  ofMachine: true,
  title: 'the machine was not started just now',
  why: 'Right after a start caches are cold and polling Tentacles come back all at once (issues 3190, 6482); several at once are a power cut.',
  cure: { text: 'Nothing, if it was meant; else see what has restarted it.' },
  judge({ uptimeSeconds }, _node, { limits }): Verdict {
    if (uptimeSeconds === null) return skip('the machine does not tell');
    const up = formatDuration(uptimeSeconds * 1_000);
    return uptimeSeconds * 1_000 < limits.bootAge
      ? warn(`it was started ${up} ago ${ours(limits, 'bootAge')}`)
      : pass({ up });
  },
});

const system = machineCheck({
  id: 'nodes/operating-system',
  ofMachine: true,
  title: 'Octopus supports the operating system',
  why: 'Octopus needs Windows Server 2016 or later for a cluster, or its official container on Linux.',
  cure: { text: 'Move the node to a supported system.' },
  judge({ os, osName, osVersion }): Verdict {
    const evidence = { os: `${osName} ${osVersion}`.trim() };
    if (os === 'linux') return pass(evidence);
    const build = Number(/^10\.0\.(\d+)/.exec(osVersion)?.[1] ?? Number.NaN);
    if (!Number.isFinite(build)) return fail(`it runs ${evidence.os}, older than Windows Server 2016`, { evidence });
    return /server/i.test(osName) ? pass(evidence) : warn(`it runs ${osName}, which is no server`, { evidence });
  },
});

export const resourceChecks = [processors, memory, memoryUse, load, reboot, booted, system] as const;

/** What must be the same on every machine. */
interface Likeness {
  readonly id: CheckId;
  readonly title: string;
  readonly why: string;
  readonly cure: Remedy;
  readonly level: 'warn' | 'fail';
  /** `null` where a machine does not tell. */
  of(facts: MachineFacts): string | null;
}

const alike = ({ level, of, ...text }: Likeness) =>
  machinesCheck({
    ...text,
    judge(machines: Machines): Verdict {
      const told = [...machines].flatMap(([name, facts]) => {
        const value = of(facts);
        return value === null ? [] : [[name, value] as const];
      });
      if (told.length < 2) return skip(`${told.length} machines tell; there is nothing to compare`);
      const evidence = { machines: told.map(([name, value]) => `${name}: ${value}`) };
      if (new Set(told.map(([, value]) => value)).size === 1) return pass(evidence);
      return (level === 'fail' ? fail : warn)(evidence.machines.join(', '), { evidence });
    },
  });

const known = (text: string): string | null => (text === '' ? null : text);

export const likenessChecks = [
  alike({
    id: 'nodes/same-family',
    title: 'all nodes run on one family of operating systems',
    why: 'Paths are kept in the database: Octopus does not support Windows and Linux nodes in one cluster.',
    cure: { text: 'Move all nodes to one of them.' },
    level: 'fail',
    of: ({ os }) => os,
  }),
  alike({
    id: 'nodes/same-system',
    title: 'all nodes run the same operating system',
    why: 'A node that was patched alone behaves otherwise than the others.',
    cure: { text: 'Patch them one after another.', commands: ['octo-ha node restart --all --reboot'] },
    level: 'warn',
    of: ({ osName, osVersion }) => known(`${osName} ${osVersion}`.trim()),
  }),
  alike({
    id: 'nodes/same-installed-version',
    title: 'the same version is installed on every machine',
    why: 'One that is ahead upgrades the database at its next start, under the others.',
    cure: { text: 'Install the same version everywhere. That is an upgrade: stop all nodes first.' },
    level: 'fail',
    of: ({ version }) => known(version),
  }),
  alike({
    id: 'nodes/same-database',
    title: 'all nodes name the same database',
    why: 'Two spellings of one server fail over differently; two databases are two clusters.',
    cure: {
      text: 'Give every node the same connection string.',
      commands: ['Octopus.Server database --instance INSTANCE --connectionString "Server=…;Database=…"'],
    },
    level: 'fail',
    of: ({ databaseServer, databaseName }) =>
      known(databaseName === '' ? '' : `${databaseName} on ${databaseServer}`.toLowerCase()),
  }),
  alike({
    id: 'nodes/same-account',
    title: 'all nodes run under the same account',
    why: 'Rights on database and share are given to one account; a node under another is refused at the worst moment.',
    cure: { text: 'Run every node under the same account.' },
    level: 'warn',
    of: ({ service }) => known(service.account.toLowerCase()),
  }),
  alike({
    id: 'nodes/same-time-zone',
    title: 'all machines are in the same time zone',
    why: 'Logs of different nodes cannot be read side by side otherwise.',
    cure: { text: 'Set all machines to UTC.' },
    level: 'warn',
    of: ({ utcOffsetMinutes }) => (utcOffsetMinutes === null ? null : String(utcOffsetMinutes)),
  }),
  alike({
    id: 'network/same-proxy',
    title: 'all machines use a proxy, or none does',
    why: 'A feed that only some nodes can reach fails by chance.',
    cure: { text: 'Configure all nodes alike.', commands: ['Octopus.Server proxy --instance INSTANCE …'] },
    level: 'warn',
    of: ({ proxy }) => (proxy === '' ? 'no proxy' : 'a proxy'),
  }),
] as const;
