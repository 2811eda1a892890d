import type { LabHost } from '../host.js';
import { requireLab } from '../look.js';
import { nodesOf } from '../nodes.js';
import { labPaths, nodeUrl } from '../record.js';
import type { DurationRange } from '../submit.js';
import { loadTasks, type TaskResult } from './task-load.js';
import { loadWeb, type WebResult } from './web-load.js';

export interface LoadOptions {
  /** Web requests a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly time: number;
  readonly tasksPerSecond: number;
  readonly duration: DurationRange;
}

export interface LoadResult {
  /** Milliseconds. */
  readonly lasted: number;
  /** Where the requests went: through the balancer, or to the nodes one after the other where there is none. */
  readonly through: 'balancer' | 'nodes';
  readonly web: WebResult;
  readonly tasks: TaskResult;
}

/** Milliseconds that the last tasks get besides their own time: the queue may be long, and a node may be gone. */
const grace = 60_000;

/** Uses the lab as people would, for a time or until `signal` aborts, and counts what fails. */
export async function loadLab(host: LabHost, options: LoadOptions, signal: AbortSignal): Promise<LoadResult> {
  const { clock, home, random } = host;
  const { rate, time, tasksPerSecond, duration } = options;
  const record = await requireLab(host);
  const { balancer } = record;
  const machines = (await nodesOf(home, record)).map(({ machine }) => machine);
  await using octopus = host.openDatabase(home.pathOf(labPaths.database), { create: false });
  await using web = host.openWeb();
  using stop = clock.within(time, signal);
  const start = clock.now();
  const [webResult, tasks] = await Promise.all([
    loadWeb({ web, clock, urls: (balancer ? [balancer] : machines).map(nodeUrl), rate }, stop),
    loadTasks({ octopus, clock, random, rate: tasksPerSecond, duration, patience: duration.longest + grace }, stop),
  ]);
  return { lasted: clock.now() - start, through: balancer ? 'balancer' : 'nodes', web: webResult, tasks };
}
