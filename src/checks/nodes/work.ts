import { counted } from '../../cluster/counted.js';
import { formatDuration } from '../../cluster/duration.js';
import { takesTasks } from '../../cluster/node.js';
import { occupiesNode, type Task } from '../../cluster/task.js';
import { taskOwner } from '../../cluster/task-owner.js';
import { unfinishedTasks } from '../../database/queries/tasks.js';
import type { Look } from '../../operations/read-status.js';
import { type ClusterCheck, fail, type Judging, pass, skip, type Verdict, warn } from '../check.js';
import { statusCheck } from '../kinds.js';
import { ours } from '../limits.js';

const capacityWithoutLargest = statusCheck({
  id: 'nodes/capacity-without-largest',
  title: 'the cluster could lose its largest node',
  why: 'When a node fails, the caps of the others have to hold what runs now; otherwise the queue grows until it is back.',
  cure: { text: 'Raise the caps of the other nodes, or add one.', commands: ['octo-ha node cap NODE N'] },
  judge({ nodes, capacity, running }) {
    const workers = nodes.filter(takesTasks);
    if (workers.length === 0) return skip('no node takes tasks');
    const evidence = { capacity: capacity.total, withoutLargest: capacity.withoutLargest, running };
    if (capacity.withoutLargest === 0) {
      return warn(`${workers.length === 1 ? workers[0]?.name : 'one node'} alone takes tasks`, { evidence });
    }
    if (capacity.withoutLargest >= running) return pass(evidence);
    return warn(
      `${counted(running, 'task')} run, and without the largest node task caps for ${capacity.withoutLargest} are left`,
      {
        evidence,
      },
    );
  },
});

const equalCaps = statusCheck({
  id: 'nodes/equal-caps',
  title: 'the nodes that take tasks have the same task cap',
  why: 'Octopus recommends the same cap on all nodes, so that losing any of them costs the same. 0 (UI only) and 1 (canary) are left aside.',
  cure: { text: 'Set the same cap.', commands: ['octo-ha node cap NODE N'] },
  judge({ nodes }) {
    const workers = nodes.filter((node) => takesTasks(node) && node.taskCap > 1);
    const caps = [...new Set(workers.map(({ taskCap }) => taskCap))];
    if (caps.length <= 1) return pass();
    return warn(`task caps differ: ${workers.map(({ name, taskCap }) => `${name} ${taskCap}`).join(', ')}`);
  },
});

const capNotTooHigh = statusCheck({
  id: 'nodes/cap-not-too-high',
  title: 'no task cap is higher than Octopus recommends',
  why: 'Octopus names 40 to 80 as a sensible most for one node, and advises against more than 160.',
  cure: { text: 'Spread the work over more nodes.', commands: ['octo-ha node cap NODE 80'] },
  judge({ nodes }) {
    const over = (most: number) => nodes.filter(({ taskCap, state }) => state !== 'stale' && taskCap > most);
    const words = (most: number) =>
      over(most)
        .map(({ name, taskCap }) => `${name} has ${taskCap}`)
        .join(', ');
    if (over(160).length > 0) return fail(`more than 160: ${words(160)}`);
    return over(80).length > 0 ? warn(`more than 80: ${words(80)}`) : pass();
  },
});

const overCap = statusCheck({
  id: 'nodes/within-cap',
  title: 'no node runs more tasks than its cap',
  why: 'A cap that is passed by (issue 8698), or was lowered under a node at work, means a machine with more than it was sized for.',
  cure: {
    text: 'Wait for the tasks to end; look at the version if it happens again.',
    commands: ['octo-ha task list --node NODE'],
  },
  judge({ nodes }) {
    const over = nodes.filter(({ runningTasks, taskCap, state }) => state === 'running' && runningTasks > taskCap);
    if (over.length === 0) return pass();
    return warn(over.map(({ name, runningTasks, taskCap }) => `${name} runs ${runningTasks} of ${taskCap}`).join(', '));
  },
});

const onDeadNodes = statusCheck({
  id: 'nodes/tasks-on-dead-nodes',
  title: 'no task belongs to a node that is down',
  why: 'They look as if they ran. When the node comes back it cancels them; otherwise another node does after an hour.',
  cure: {
    text: 'Start the node, or cancel the tasks in Octopus and run them again.',
    commands: ['octo-ha task list --node NODE'],
  },
  judge({ nodes }) {
    const dead = nodes.filter(
      ({ state, runningTasks }) => (state === 'offline' || state === 'stale') && runningTasks > 0,
    );
    if (dead.length === 0) return pass();
    return fail(
      dead.map(({ name, runningTasks }) => `${name} is down with ${counted(runningTasks, 'task')}`).join(', '),
      {
        evidence: { nodes: dead.map(({ name }) => name) },
      },
    );
  },
});

const ofUnknownNodes = statusCheck({
  id: 'nodes/tasks-of-unknown-nodes',
  title: 'every unfinished task belongs to a registered node',
  why: 'Tasks of a node that was deleted never end by themselves (issues 4304, 4538) and hold up others of the same project.',
  cure: { text: 'Cancel them in Octopus.', commands: ['octo-ha task list'] },
  judge: ({ orphaned }) =>
    orphaned === 0 ? pass() : fail(`${counted(orphaned, 'unfinished task')} of nodes that are not registered`),
});

const queueAge = statusCheck({
  id: 'nodes/queue-age',
  title: 'the queue moves',
  why: 'Octopus drops a task that has waited a day. One that waits for minutes means that caps are full, or that nobody takes tasks.',
  cure: { text: 'See what runs and what waits; raise a cap, or undrain a node.', commands: ['octo-ha task list'] },
  judge({ queue }, { limits }) {
    const evidence = { queued: queue.queued, oldestMs: queue.oldestMs };
    if (queue.oldestMs === null || queue.oldestMs <= limits.queueAge) return pass(evidence);
    return warn(
      `the oldest of ${counted(queue.queued, 'queued task')} waits for ${formatDuration(queue.oldestMs)} ${ours(limits, 'queueAge')}`,
      {
        evidence,
      },
    );
  },
});

const boundTasks = statusCheck({
  id: 'nodes/bound-tasks',
  title: 'no task waits for a human on a node that drains',
  why: 'A manual intervention resumes on the node that began it, so a drain waits until somebody has answered.',
  cure: {
    text: 'Answer the intervention in Octopus, or cancel the task.',
    commands: ['octo-ha task list --node NODE'],
  },
  judge({ nodes, bound }) {
    const held = nodes.filter(({ id, draining }) => draining && (bound.get(id) ?? 0) > 0);
    if (held.length === 0) return pass();
    return warn(held.map(({ id, name }) => `${name} waits for ${counted(bound.get(id) ?? 0, 'answer')}`).join(', '));
  },
});

const balanced = statusCheck({
  id: 'nodes/balanced',
  title: 'the work is spread over the nodes',
  why: 'Nodes take tasks by their share of the caps (issue 4168). One that is full beside one that is empty has a reason.',
  cure: { text: "Look at the empty node's log, and whether it polls the queue." },
  judge({ nodes }, { limits }) {
    const use = nodes
      .filter((node) => takesTasks(node) && node.taskCap > 1)
      .map(({ name, runningTasks, taskCap }) => ({ name, share: (100 * runningTasks) / taskCap }));
    const shares = use.map(({ share }) => share);
    const difference = Math.max(...shares) - Math.min(...shares);
    // Of a few tasks no share can be told.
    const running = nodes.reduce((sum, { runningTasks }) => sum + runningTasks, 0);
    if (use.length < 2 || running < 2 * use.length || difference <= limits.unbalanced) return pass();
    return warn(
      `${use.map(({ name, share }) => `${name} ${Math.round(share)}%`).join(', ')} of their caps in use ${ours(limits, 'unbalanced')}`,
    );
  },
});

interface TaskFacts {
  readonly tasks: readonly Task[];
  readonly look: Look;
}

const taskCheck = (
  check: Omit<ClusterCheck, 'kind' | 'run'> & { judge(facts: TaskFacts, judging: Judging): Verdict },
): ClusterCheck & typeof check => ({
  needs: ['database/reachable'],
  ...check,
  kind: 'cluster',
  async run(world, signal) {
    const [look, tasks] = await Promise.all([world.status(signal), world.ask(takenTasks, signal)]);
    return check.judge({ tasks, look }, { limits: world.limits, now: look.at });
  },
});

const takenTasks = unfinishedTasks('taken');

const cancelling = taskCheck({
  id: 'nodes/cancelling',
  title: 'no task is being cancelled for long',
  why: 'Cancelling does not always reach the node that runs the task (issues 7903, 8214); it then stays so for ever.',
  cure: {
    text: 'Since 2026 Octopus abandons such tasks; before, restart the node once it is drained.',
    commands: ['octo-ha node drain NODE'],
  },
  judge({ tasks, look }, { limits, now }) {
    const stuck = tasks.filter(
      ({ state, startedAt }) =>
        state.startsWith('Cancel') && startedAt !== null && now.getTime() - startedAt.getTime() > limits.cancellingAge,
    );
    if (stuck.length === 0) return pass();
    const words = stuck.map(({ id, node }) => `${id} on ${taskOwner(node, look.nodes)?.name ?? node}`);
    return warn(`being cancelled: ${words.join(', ')} ${ours(limits, 'cancellingAge')}`, {
      evidence: { tasks: stuck.map(({ id }) => id) },
    });
  },
});

const longRunning = taskCheck({
  id: 'nodes/long-running',
  title: 'no task runs for ever',
  why: 'A task that hangs keeps its place in the cap, holds drains, and blocks others of the same project and environment.',
  cure: { text: 'See in Octopus what it waits for, and cancel it if need be.', commands: ['octo-ha task list'] },
  judge({ tasks }, { limits, now }) {
    const old = tasks.filter(
      (task) =>
        !task.waitsForHuman &&
        task.startedAt !== null &&
        occupiesNode({ state: task.state, started: true }) &&
        now.getTime() - task.startedAt.getTime() > limits.taskAge,
    );
    if (old.length === 0) return pass();
    return warn(`${old.map(({ id, description }) => `${id} (${description})`).join(', ')} ${ours(limits, 'taskAge')}`, {
      evidence: { tasks: old.map(({ id }) => id) },
    });
  },
});

export const workChecks = [
  capacityWithoutLargest,
  equalCaps,
  capNotTooHigh,
  overCap,
  onDeadNodes,
  ofUnknownNodes,
  queueAge,
  boundTasks,
  balanced,
  cancelling,
  longRunning,
] as const;
