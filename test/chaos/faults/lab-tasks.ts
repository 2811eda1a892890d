import type { FaultLab } from '../../support/chaos/fault-lab.js';
import { eventually } from '../../support/eventually.js';

/** Real tasks of minutes, as many as it takes until each of these nodes works on one. */
export async function keepBusy(lab: FaultLab, nodes: readonly string[]): Promise<void> {
  await eventually(
    async () => {
      const busy = await lab.rows("SELECT DISTINCT ServerNodeId AS node FROM dbo.ServerTask WHERE State = 'Executing'");
      const idle = nodes.filter((name) => !busy.some(({ node }) => node === `OctopusServerNodes-${name}`));
      if (idle.length === 0) return;
      await lab.ok('lab submit --count 1 --duration 3m..4m');
      throw new Error(`${idle.join(', ')} has no task`);
    },
    { every: 1_000 },
  );
}

/** Until no task is left. */
export async function endTasks(lab: FaultLab): Promise<void> {
  await lab.execute("DELETE FROM dbo.ServerTask WHERE State = 'Queued'");
  await lab.execute("UPDATE dbo.ServerTask SET State = 'Cancelling' WHERE State = 'Executing'");
  await eventually(async () => {
    const left = await lab.rows("SELECT Id FROM dbo.ServerTask WHERE State IN ('Executing', 'Cancelling', 'Queued')");
    if (left.length > 0) throw new Error(`${left.length} tasks are left`);
  });
}
