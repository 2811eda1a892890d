import type { Clock } from '../../ports/clock.js';
import type { Folder } from '../../ports/folder.js';
import type { ReceivedRequest, ServedAnswer } from '../../ports/http-server.js';
import { labTiming } from '../intervals.js';
import type { OctopusDatabase } from '../octopus-database.js';
import { tasksToTake } from './distribution.js';
import { endLostTasks } from './lost-tasks.js';
import { membership } from './membership.js';
import { type Candidate, type Glance, taskQueue } from './queue.js';
import type { NodeSettings } from './settings.js';
import { taskRunner } from './task-runner.js';
import { answerRequest } from './web.js';

export interface NodeSurroundings {
  readonly octopus: OctopusDatabase;
  readonly share: Folder;
  readonly clock: Clock;
  /** The key of the API. */
  apiKey(): Promise<string | undefined>;
  /** A line for the node's own log. */
  readonly tell: (line: string) => void;
}

/** A node as its web pages and its ping show it: as of its last look at the database. */
export interface NodeView {
  readonly draining: boolean;
  readonly offline: boolean;
  readonly cap: number;
  readonly lastSeen: Date | null;
}

/** An Octopus Server node that only pretends to deploy. Everything else it does as the real one, at a lab's pace. */
export function octopusNode(settings: NodeSettings, { octopus, share, clock, apiKey, tell }: NodeSurroundings) {
  const { name, intervals, stagger } = settings;
  const member = membership(octopus, settings);
  const queue = taskQueue(octopus, { name, offlineAfter: labTiming.offlineAfter });
  const runner = taskRunner({ name, queue, clock, share, tell });
  const stopping = new AbortController();
  let view: NodeView | undefined;

  async function poll(signal: AbortSignal): Promise<void> {
    const glance = await queue.look(Math.max(1, view?.cap ?? settings.cap), signal);
    const { self, own, candidates, cluster } = glance;
    if (self === null) return;
    view = { ...self, offline: view?.offline ?? false };
    for (const [id, state] of own) if (state === 'Cancelling') runner.cancel(id);
    const busy = { ...self, active: runner.count };
    const bound = candidates.filter(({ resumed }) => resumed);
    const fresh = candidates.filter(({ resumed }) => !resumed).slice(0, tasksToTake(busy, cluster));
    for (const task of [...bound, ...fresh]) await take(task, glance, signal);
  }

  async function take(task: Candidate, { own }: Glance, signal: AbortSignal): Promise<void> {
    if (own.has(task.id) || runner.isRunning(task.id)) return;
    if (await queue.take(task.id, signal)) runner.run(task, stopping.signal);
  }

  const sweep = (signal: AbortSignal) => endLostTasks(octopus, intervals.lostAfter, signal);

  /** Repeats something until the node stops. Trouble is told, and the next time may do better. */
  async function every(milliseconds: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = stopping;
    try {
      await clock.sleep(milliseconds * stagger, signal);
      for (;;) {
        await work(signal).catch((error: unknown) => {
          if (!signal.aborted) tell((error as Error).message);
        });
        await clock.sleep(milliseconds, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  return {
    /** Joins the cluster, and cancels what it left running when it was last here. */
    async start(signal: AbortSignal): Promise<void> {
      await member.start(signal);
      await queue.cancelOwn(signal);
      const { self } = await queue.look(1, signal);
      if (self !== null) view = { ...self, offline: false };
    },
    beat: member.beat,
    poll,
    sweep,
    /** Lives until it is stopped. */
    async live(): Promise<void> {
      await Promise.all([
        every(intervals.heartbeat, member.beat),
        every(intervals.poll, poll),
        every(intervals.sweep, sweep),
      ]);
    },
    async answer(request: ReceivedRequest): Promise<ServedAnswer> {
      if (view === undefined) return { status: 503, body: `${name} is starting\n` };
      // Told, so that one that a balancer sent to two nodes can be found.
      const id = request.headers['lab-request'];
      if (request.method === 'POST' && id !== undefined && /^[\w-]{1,64}$/.test(id)) tell(`POST ${id}`);
      return await answerRequest(request, { settings, view, clock, api: { octopus, apiKey } });
    },
    /** Takes nothing more and says that it goes. Its tasks are left as they are. */
    async stop(signal: AbortSignal): Promise<void> {
      stopping.abort(new Error(`${name} stops`));
      if (view) view = { ...view, offline: true };
      await member.leave(signal);
    },
  };
}
