import type { FaultLab, Undo } from '../../support/chaos/fault-lab.js';
import { eventually } from '../../support/eventually.js';
import type { Fault } from './fault.js';
import { endTasks, keepBusy } from './lab-tasks.js';

const ago = (milliseconds: number): string => new Date(Date.now() - milliseconds).toISOString();
const hour = 3_600_000;

interface Row {
  readonly state: string;
  readonly node: string | null;
  readonly since: string;
}

const times = (count: number, row: Row): readonly Row[] => Array.from({ length: count }, () => row);

/** Rows as Octopus writes them, of tasks that nobody works on. */
async function tasks(lab: FaultLab, written: readonly Row[]): Promise<Undo> {
  for (const [i, { state, node, since }] of written.entries()) {
    await lab.execute(
      `INSERT INTO dbo.ServerTask (Id, Name, Description, QueueTime, StartTime, State, ServerNodeId, HasPendingInterruptions,
        HasWarningsOrErrors, JSON) VALUES (?, 'Deploy', 'Deploy web', ?, ?, ?, ?, 0, 0, '{}')`,
      `ServerTasks-fault-${i}`,
      since,
      node === null ? null : since,
      state,
      node === null ? null : `OctopusServerNodes-${node}`,
    );
  }
  return () => lab.execute("DELETE FROM dbo.ServerTask WHERE Id LIKE 'ServerTasks-fault-%'");
}

export const taskFaults: readonly Fault[] = [
  {
    id: 'tasks-of-a-dead-node',
    what: 'a node was killed while it ran tasks',
    cause: 'nodes/tasks-on-dead-nodes',
    follows: ['nodes/heartbeat', 'nodes/service-running'],
    async inject(lab) {
      const back = await tasks(lab, times(2, { state: 'Executing', node: 'node-2', since: ago(0) }));
      process.kill(await lab.pidOf('node-2'), 'SIGKILL');
      return async () => {
        await back();
        await lab.onMachine('node-2', 'systemctl', 'start', 'octopus-server');
      };
    },
  },
  {
    id: 'tasks-of-a-deleted-node',
    what: 'a task belongs to a node that was deleted',
    cause: 'nodes/tasks-of-unknown-nodes',
    // A node of the lab ends what runs under such a name; what is bound to it nobody ever takes.
    inject: (lab) => tasks(lab, times(1, { state: 'Queued', node: 'node-9', since: ago(0) })),
  },
  {
    id: 'more-than-the-cap',
    what: 'a node runs more tasks than its cap',
    cause: 'nodes/within-cap',
    follows: ['nodes/balanced'],
    inject: (lab) => tasks(lab, times(7, { state: 'Executing', node: 'node-2', since: ago(0) })),
  },
  {
    id: 'one-node-does-it-all',
    what: 'one node is full, and the others are empty',
    cause: 'nodes/balanced',
    follows: ['nodes/within-cap'],
    inject: (lab) => tasks(lab, times(6, { state: 'Executing', node: 'node-1', since: ago(0) })),
  },
  {
    id: 'cancelling-for-ever',
    what: 'a task has been cancelled for an hour and does not end',
    cause: 'nodes/cancelling',
    inject: (lab) => tasks(lab, times(1, { state: 'Cancelling', node: 'node-2', since: ago(hour) })),
  },
  {
    id: 'runs-for-ever',
    what: 'a task has run for two days',
    cause: 'nodes/long-running',
    inject: (lab) => tasks(lab, times(1, { state: 'Executing', node: 'node-2', since: ago(48 * hour) })),
  },
  {
    id: 'queue-stands-still',
    what: 'a task has waited for an hour, since every cap is used up',
    cause: 'nodes/queue-age',
    follows: ['nodes/capacity-without-largest'],
    async inject(lab) {
      await lab.execute('UPDATE dbo.OctopusServerNode SET MaxConcurrentTasks = 1');
      await keepBusy(lab, ['node-1', 'node-2', 'node-3']);
      await tasks(lab, [{ state: 'Queued', node: null, since: ago(hour) }]);
      return async () => {
        await endTasks(lab);
        await lab.execute('UPDATE dbo.OctopusServerNode SET MaxConcurrentTasks = 5');
      };
    },
  },
  {
    id: 'waits-for-a-human',
    what: 'a node that drains has a task that waits for a human',
    cause: 'nodes/bound-tasks',
    follows: ['octo-ha/drain-explained'],
    async inject(lab) {
      await lab.ok('lab submit --human --duration 1s..1s');
      let node: unknown;
      await eventually(async () => {
        const [row] = await lab.rows(
          "SELECT ServerNodeId AS node FROM dbo.ServerTask WHERE HasPendingInterruptions = 1 AND State = 'Queued'",
        );
        node = row?.['node'];
        if (typeof node !== 'string') throw new Error('no task waits for a human');
      });
      await lab.execute('UPDATE dbo.OctopusServerNode SET IsInMaintenanceMode = 1 WHERE Id = ?', String(node));
      return async () => {
        await lab.execute('UPDATE dbo.OctopusServerNode SET IsInMaintenanceMode = 0');
        await lab.ok('lab submit --answer');
        await eventually(async () => {
          const left = await lab.rows("SELECT Id FROM dbo.ServerTask WHERE State IN ('Executing', 'Queued')");
          if (left.length > 0) throw new Error('the task goes on');
        });
      };
    },
  },
];
