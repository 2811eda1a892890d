import { type RawBuilder, sql } from 'kysely';
import type { OctopusDatabase } from '../../octopus-database.js';
import { nodeId } from '../../record.js';
import { Complaint, truth, wholeNumber } from './flags.js';
import { ofInstance } from './instances.js';

/** Milliseconds between two looks at what still runs. */
const look = 250;

/** Seconds that cancelled tasks have to end where nothing is said: as long as the others had, and five at least. */
const leastCancelWait = 5;

/** `node`, which acts on this machine's own node, through the database. */
export const node = ofInstance({
  flags: { taskCap: 'value', drain: 'value', wait: 'value', 'cancel-tasks': 'flag', 'cancel-wait': 'value' },
  async run(flags, { disk, instance, clock, openDatabase }, signal) {
    if (instance.database === null) throw new Complaint('The instance has no database yet.');
    const drain = truth(flags, 'drain');
    const wait = wholeNumber(flags, 'wait', 0);
    const cancels = flags.has('cancel-tasks');
    const cancelWait = wholeNumber(flags, 'cancel-wait', Math.max(wait, leastCancelWait));
    if (drain !== true && (flags.has('wait') || cancels)) {
      throw new Complaint('--wait and --cancel-tasks can be used with --drain=true only.');
    }
    await using octopus = openDatabase();
    const id = nodeId(instance.nodeName);
    const said: string[] = [];

    if (flags.has('taskCap')) {
      const cap = wholeNumber(flags, 'taskCap', 0);
      // A node that was never started registers itself with it.
      await disk.instance.write({ ...instance, taskCap: cap });
      await set(octopus, sql`MaxConcurrentTasks = ${cap}`, id, signal);
      said.push(`Task cap set to ${cap}`);
    }
    if (drain !== undefined) {
      if ((await set(octopus, sql`IsInMaintenanceMode = ${drain}`, id, signal)) === 0) {
        throw new Complaint(`The node ${instance.nodeName} is not in the database: start it once.`);
      }
      said.push(drain ? 'Node is draining' : 'Node is no longer draining');
    }
    if (drain === true && wait > 0) await settled(wait);
    if (drain === true && cancels && (await running()) > 0) {
      const query = sql`UPDATE dbo.ServerTask SET State = 'Cancelling' WHERE ServerNodeId = ${id} AND State = 'Executing'`;
      await octopus.change([{ query, expects: 'any' }], signal);
      await settled(cancelWait);
    }
    const left = drain === true && (wait > 0 || cancels) ? await running() : 0;
    if (left > 0) throw new Complaint(`${left} tasks are still running on ${instance.nodeName}.`);
    return said.join('\n');

    async function running(): Promise<number> {
      const [rows = []] = await octopus.read(
        [sql`SELECT Id AS id FROM dbo.ServerTask WHERE ServerNodeId = ${id} AND State IN ('Executing', 'Cancelling')`],
        signal,
      );
      return rows.length;
    }

    async function settled(seconds: number): Promise<void> {
      for (const until = clock.now() + seconds * 1_000; clock.now() < until; await clock.sleep(look, signal)) {
        if ((await running()) === 0) return;
      }
    }
  },
});

/** Answers with how many rows there are to change. */
async function set(
  octopus: OctopusDatabase,
  what: RawBuilder<unknown>,
  id: string,
  signal: AbortSignal,
): Promise<number> {
  await octopus.change(
    [{ query: sql`UPDATE dbo.OctopusServerNode SET ${what} WHERE Id = ${id}`, expects: 'any' }],
    signal,
  );
  const [rows = []] = await octopus.read([sql`SELECT Id AS id FROM dbo.OctopusServerNode WHERE Id = ${id}`], signal);
  return rows.length;
}
