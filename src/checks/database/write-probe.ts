import { writeProbe } from '../../database/queries/write-probe.js';
import { Failure } from '../../errors.js';
import { type ClusterCheck, fail, pass, skip, type Verdict, warn } from '../check.js';

/** How the probe ended. */
interface Written {
  readonly applied: boolean;
  /** Octo-ha's own tables were written to as well. */
  readonly ownTables: boolean;
}

export const writes: ClusterCheck & { judge(written: Written | Failure): Verdict } = {
  kind: 'cluster',
  id: 'database/write-probe',
  title: "octo-ha's login may write what octo-ha changes",
  why:
    "A drain that is refused in the night is found too late. One transaction changes no row of Octopus' table of nodes, and " +
    "makes a row in octo-ha's own and takes it away again.",
  cure: {
    text: 'Grant what an operator needs. A login that only looks needs nothing.',
    commands: ['octo-ha database script --role operator --login LOGIN'],
  },
  needs: ['database/reachable', 'database/known-shape'],
  async run(world, signal) {
    if (!world.probing) return skip('it writes, and takes it back: octo-ha doctor --probe');
    const ownTables = (await world.catalogue(signal)).ownTables.has('setting');
    try {
      const { applied } = await world.database.change(writeProbe({ ownTables }), signal);
      return this.judge({ applied, ownTables });
    } catch (error) {
      if (error instanceof Failure) return this.judge(error);
      throw error;
    }
  },
  judge(written) {
    if (written instanceof Failure) {
      // A right that is missing may be meant so.
      const says = written.details?.['lastsUntilMended'] === true ? warn : fail;
      return says(written.message);
    }
    const { applied, ownTables } = written;
    return applied ? pass({ ownTables }) : fail('a row that was made in one transaction was not there to be removed');
  },
};
