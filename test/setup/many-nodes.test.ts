import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { describe, test } from 'node:test';
import { localShell } from '../../src/adapters/local-shell.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import type { Check } from '../../src/checks/check.js';
import { checks } from '../../src/checks/index.js';
import { ownLimits } from '../../src/checks/limits.js';
import type { Outcome } from '../../src/checks/outcome.js';
import { nodeKey } from '../../src/cluster/node.js';
import { clusterDatabase } from '../../src/database/database.js';
import { keepMachineAddress } from '../../src/database/queries/machine-addresses.js';
import type { Cluster } from '../../src/operations/cluster.js';
import type { Shell } from '../../src/ports/shell.js';
import { diagnose } from '../../src/setup/diagnose.js';
import { worldOf } from '../../src/setup/world-of.js';
import { engines } from '../support/engines.js';
import { insertNode } from '../support/octopus-rows.js';
import { createTables, octopusShapes } from '../support/octopus-shapes.js';

const ending = new AbortController();
setMaxListeners(0, ending.signal);
const { signal } = ending;

const shape = octopusShapes.find(({ name }) => name === '2021 and later');
const names = Array.from({ length: 100 }, (_, i) => `web-${i + 1}`);

/** What the probe of a machine answers, kept short. */
const answer = JSON.stringify({
  ...{ os: 'linux', osName: '~Debian', osVersion: '~12', host: '~h', user: '~root', utcOffsetMinutes: 0 },
  ...{
    timeSynchronised: true,
    uptimeSeconds: 90_000,
    rebootPending: false,
    processors: 8,
    load: 0.1,
    memoryBytes: 32e9,
  },
  ...{ memoryAvailableBytes: 16e9, folders: [], listening: [443], pollers: [], reach: [], names: [] },
  ...{
    service: { state: '~running', automatic: true, account: '~', restarts: 0 },
    watchdog: null,
    instances: 1,
    nodeName: '~',
  },
  ...{ databaseServer: '~', databaseName: '~', home: '~', version: '~', proxy: '~', log: null },
});

/** A process on this machine that answers after 50 ms of simulated distance. */
const distant = (): Shell => {
  const shell = localShell();
  const script = `cat >/dev/null; sleep 0.05; printf 'octo-ha-probe:{"clock":%s000,%s\\n' "$(date +%s)" '${answer.slice(1)}'`;
  return { ...shell, run: (_bootstrap, document, within) => shell.run({ language: 'sh', script }, document, within) };
};

/** One that never answers. */
const hanging = (): Shell => {
  const shell = localShell();
  const script = 'cat >/dev/null; exec sleep 600';
  return { ...shell, run: (_bootstrap, document, within) => shell.run({ language: 'sh', script }, document, within) };
};

interface Run {
  readonly outcomes: readonly Outcome[];
  readonly tookMs: number;
}

async function run({ hangs, deadline }: { hangs?: string; deadline: number }): Promise<Run> {
  if (shape === undefined) throw new Error('no shape');
  await using test = await engines[0].create();
  await test.execute(createTables(shape));
  await test.execute(names.flatMap((name) => insertNode(shape, { name, lastSeen: new Date() })));
  await test.migrate();
  await using database = clusterDatabase(test.session, test.dialect, { own: '' });
  const machine = {
    host: 'h',
    manager: 'systemd',
    service: 'octopus',
    instance: 'OctopusServer',
    hostKeys: [],
  } as const;
  await database.change(
    names.flatMap((name) => keepMachineAddress(`OctopusServerNodes-${name}`, machine)),
    signal,
  );
  const cluster: Cluster = {
    ...{
      context: 'test',
      database,
      dialect: test.dialect,
      clock: systemClock,
      nodeUrl: undefined,
      ca: undefined,
      timeout: 5_000,
    },
    ownTables: { place: 'the test', open: async () => test.session },
    http: { send: async () => assert.fail('nobody is asked over HTTP') },
    api: async () => undefined,
    octopusServerOn: () => undefined,
    shellOn: async (node) => (node === hangs ? hanging() : distant()),
  };
  const nowhere = async () => assert.fail('nobody is asked over the network');
  const network = { lookup: nowhere, connect: nowhere, certificate: nowhere };
  const machines = checks.filter((check) => check.id.startsWith('nodes/') && !check.id.includes('ping'));
  const wanted = machines.filter(({ id }) => id !== 'nodes/runs-installed-version');
  const selection = { asked: wanted, run: [...checks.filter(({ id }) => id === 'database/reachable'), ...wanted] };
  const world = worldOf({
    ...{ cluster, network, limits: ownLimits, declared: {}, octopus: undefined, sharedFolders: [], deadline, signal },
  });
  const options = {
    selection,
    suppressions: undefined,
    required: [],
    known: checks,
    from: undefined,
    jobs: 128,
    deadline,
  };

  const begun = systemClock.now();
  const outcomes = await diagnose(world, { ...options, clock: systemClock, signal });
  return { outcomes, tookMs: systemClock.now() - begun };
}

/** The longest way through what was needed, on one node or in the whole cluster, as measured in this very run. */
function slowestChain(outcomes: readonly Outcome[], leaveOut?: string): number {
  const time = (check: Pick<Check, 'id'>, node: string | null): number => {
    const own = outcomes.filter(
      (one) => one.check.id === check.id && (node === null || one.node === null || one.node === node),
    );
    return Math.max(0, ...own.filter((one) => one.node !== leaveOut).map((one) => one.durationMs + before(one)));
  };
  const before = ({ check, node }: Outcome): number =>
    Math.max(0, ...(check.needs ?? []).map((id) => time({ id }, node)));
  return Math.max(...outcomes.filter(({ node }) => node !== leaveOut).map((one) => one.durationMs + before(one)));
}

describe('a hundred nodes', { skip: process.platform === 'win32' && 'their shells are POSIX' }, () => {
  test('are looked at side by side: the whole takes at most twice the slowest chain of it', async () => {
    const { outcomes, tookMs } = await run({ deadline: 120_000 });

    const probed = outcomes.filter(({ check, status }) => check.id === 'nodes/machine' && status === 'pass');
    assert.equal(probed.length, names.length);
    const chain = slowestChain(outcomes);
    assert.ok(chain >= 50, `${chain} ms`);
    assert.ok(tookMs <= 2 * chain, `${tookMs} ms for a chain of ${chain} ms`);
  });

  test('of which one hangs, take no more than its one deadline longer', async () => {
    const deadline = 10_000;
    const { outcomes, tookMs } = await run({ hangs: 'web-50', deadline });

    const ofIt = outcomes.filter(({ node }) => node === 'web-50');
    assert.deepEqual(
      ofIt.filter(({ status }) => status === 'unknown').map(({ check, problem }) => [check.id, problem]),
      [['nodes/machine', 'no answer within 10s']],
    );
    const others = outcomes.filter(({ check, node }) => check.id === 'nodes/clock' && nodeKey(node ?? '') !== 'web-50');
    assert.ok(others.every(({ status }) => status === 'pass'));
    assert.ok(tookMs <= deadline + 2 * slowestChain(outcomes, 'web-50'), `${tookMs} ms`);
  });
});
