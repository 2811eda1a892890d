import { availabilityReplicas } from '../../database/queries/sql-server/availability-replicas.js';
import { logShipping } from '../../database/queries/sql-server/log-shipping.js';
import { serverProperties } from '../../database/queries/sql-server/server-properties.js';
import { type ClusterCheck, pass, skip, type Verdict, warn } from '../check.js';

interface Copies {
  /** `null` where it could not be asked. */
  readonly asynchronous: readonly string[] | null;
  readonly ships: boolean | null;
  readonly managed: boolean;
}

const elsewhere: ClusterCheck & { judge(copies: Copies): Verdict } = {
  kind: 'cluster',
  id: 'disaster-recovery/database-copy',
  title: 'a copy of the database is kept in another place',
  why: 'A site that is lost takes synchronous replicas with it. Asynchronous ones, log shipping or geo-replication are kept farther away.',
  cure: {
    text: 'Add an asynchronous replica or ship the log; or keep backups elsewhere and declare it in the context.',
  },
  needs: ['database/reachable'],
  async run(world, signal) {
    if (world.engine !== 'sql-server') return skip('a lab on SQLite has no second site');
    const ask = async <T>(look: () => Promise<T>): Promise<T | null> => {
      try {
        return await look();
      } catch {
        signal.throwIfAborted();
        return null;
      }
    };
    const [replicas, ships, server] = await Promise.all([
      ask(() => world.ask(availabilityReplicas, signal)),
      ask(() => world.ask(logShipping, signal)),
      world.ask(serverProperties, signal),
    ]);
    const asynchronous =
      replicas?.filter(({ mode }) => mode === 'ASYNCHRONOUS_COMMIT').map((one) => one.server) ?? null;
    return this.judge({ asynchronous, ships, managed: server.engineEdition === 5 || server.engineEdition === 8 });
  },
  judge({ asynchronous, ships, managed }) {
    if (managed) return skip('a managed service does not tell here where its copies are');
    if ((asynchronous?.length ?? 0) > 0) return pass({ asynchronous: asynchronous ?? [] });
    if (ships === true) return pass({ logShipping: true });
    if (asynchronous === null || ships === null) return skip('needs VIEW SERVER STATE and SELECT on msdb');
    return warn('neither an asynchronous replica nor log shipping was found');
  },
};

export const copyChecks = [elsewhere] as const;
