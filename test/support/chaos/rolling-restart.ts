import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { labHealthCheck, labIntervals, labTiming } from '../../../src/lab/intervals.js';
import type { LoadResult } from '../../../src/lab/load/load.js';
import { haproxy } from '../../../src/load-balancer/haproxy.js';
import type { KillableLab } from './killable-lab.js';

export interface RollingRestart {
  readonly load: LoadResult;
  /** Milliseconds that the command took. */
  readonly took: number;
  /** Milliseconds that had to be waited for: remaining tasks, settle window, balancer, stop and start, one by one. */
  readonly needed: number;
  /** The most nodes that were out at once. */
  readonly mostOut: number;
  /** Of the tasks seen on nodes that were restarted: what became of them. */
  readonly fates: readonly string[];
}

interface Step {
  readonly node: string;
  readonly action: string;
  readonly intended: number;
  readonly ended: number;
}

/** Restarts every node of a lab under 200 web requests a second and a steady stream of tasks. */
export async function rollingRestart(lab: KillableLab, nodes: number): Promise<RollingRestart> {
  await lab.up(nodes);
  await lab.untilReady();
  const loading = lab.cli.start('lab load --rate 200 --tasks-per-second 1 --duration 4s..8s --for 15m --json');
  try {
    // Until nodes have tasks to be waited for.
    await sleep(6_000);
    await using watching = lab.watch();
    const began = Date.now();
    const result = JSON.parse(await lab.ok('node restart --all --yes --json')) as {
      readonly operation: string;
      readonly nodes: readonly { readonly node: string; readonly tasks: readonly { id: string; fate: string }[] }[];
    };
    const took = Date.now() - began;
    assert.equal(result.nodes.length, nodes);
    loading.child.kill('SIGINT');
    const { stdout } = await loading.ended;
    const { error, ...load } = JSON.parse(stdout);
    const steps = await stepsOf(lab, result.operation);
    const ends = await endsOf(lab);
    const needed = result.nodes.map(({ node, tasks }) =>
      mustWaitFor(
        steps.filter((step) => step.node === `OctopusServerNodes-${node}`),
        tasks.map(({ id }) => ends.get(id) ?? 0),
      ),
    );
    return {
      load: error ?? load,
      took,
      needed: needed.reduce((sum, one) => sum + one, 0),
      mostOut: watching.mostOut,
      fates: result.nodes.flatMap(({ tasks }) => tasks.map(({ fate }) => fate)),
    };
  } finally {
    loading.child.kill('SIGKILL');
    await loading.ended;
  }
}

const balancer = haproxy.timing(labHealthCheck);

/** Effects on the machine that stop and start its service, as long as each took. */
const ofStopAndStart = new Set([
  'suspend-watchdog',
  'keep-from-starting',
  'stop-service',
  'restore-start-type',
  'read-version',
  'start-service',
]);

function mustWaitFor(steps: readonly Step[], taskEnds: readonly number[]): number {
  const drained = steps.find(({ action }) => action === 'drain')?.ended ?? 0;
  const tasks = Math.max(0, ...taskEnds.map((end) => end - drained));
  const effects = steps
    .filter(({ action }) => ofStopAndStart.has(action))
    .reduce((sum, { intended, ended }) => sum + ended - intended, 0);
  const seenAgain = labIntervals.startDelay + labIntervals.heartbeat;
  return tasks + labTiming.settle + balancer.outAfter + effects + seenAgain + balancer.inAfter;
}

async function stepsOf(lab: KillableLab, operation: string): Promise<readonly Step[]> {
  const rows = await lab.rows(
    `SELECT node_id, action, intended, ended FROM octo_ha.step WHERE operation_id = '${operation}' ORDER BY number`,
  );
  return rows.map((row) => ({
    node: String(row['node_id']),
    action: String(row['action']),
    intended: Date.parse(String(row['intended'])),
    ended: Date.parse(String(row['ended'])),
  }));
}

async function endsOf(lab: KillableLab): Promise<ReadonlyMap<string, number>> {
  const rows = await lab.rows(
    'SELECT Id AS id, CompletedTime AS ended FROM dbo.ServerTask WHERE CompletedTime IS NOT NULL',
  );
  return new Map(rows.map((row) => [String(row['id']), Date.parse(String(row['ended']))]));
}
