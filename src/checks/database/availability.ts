import type { ConnectionFacts } from '../../cluster/connection-facts.js';
import { availabilityListeners } from '../../database/queries/sql-server/availability-listeners.js';
import { availabilityReplicas } from '../../database/queries/sql-server/availability-replicas.js';
import { mirroringRole } from '../../database/queries/sql-server/mirroring.js';
import { type ClusterCheck, fail, pass, skip, type Verdict, warn } from '../check.js';
import { answered, sqlServerCheck } from '../kinds.js';

const right = 'VIEW SERVER STATE';
const none = 'the database is in no availability group';

const healthy = sqlServerCheck({
  id: 'database/availability-group',
  title: 'every replica of the availability group is connected and healthy',
  why: 'A replica that has fallen behind or lost contact is none to fail over to, and it holds the log back.',
  cure: {
    text: 'Look at the dashboard of the availability group, and at the error log of that replica.',
    commands: ['SELECT * FROM sys.dm_hadr_database_replica_states;'],
  },
  question: availabilityReplicas,
  right,
  judge(replicas): Verdict {
    if (replicas.length === 0) return skip(none);
    const sick = replicas.filter(
      ({ health, connected }) => !isFine(health, 'HEALTHY') || !isFine(connected, 'CONNECTED'),
    );
    const evidence = {
      replicas: replicas.map(
        ({ server, role, health, mode }) => `${server}: ${role ?? '?'}, ${health ?? '?'}, ${mode ?? '?'}`,
      ),
    };
    if (sick.length === 0) return pass(evidence);
    const words = sick.map(({ server, health, connected }) => `${server} is ${connected ?? '?'} and ${health ?? '?'}`);
    return fail(words.join('; '), { evidence });
  },
});

/** A secondary sees only itself, and tells nothing of the others. */
const isFine = (told: string | null, fine: string): boolean => told === null || told === fine;

const failover = sqlServerCheck({
  id: 'database/automatic-failover',
  title: 'a synchronous secondary takes over by itself',
  why: 'Without one the loss of the primary waits for a person, and every node with it.',
  cure: { text: 'Make one secondary SYNCHRONOUS_COMMIT with AUTOMATIC failover.' },
  question: availabilityReplicas,
  right,
  judge(replicas): Verdict {
    if (replicas.length === 0) return skip(none);
    const ready = replicas.filter(
      ({ role, mode, failover }) => role !== 'PRIMARY' && mode === 'SYNCHRONOUS_COMMIT' && failover === 'AUTOMATIC',
    );
    if (ready.length > 0) return pass({ secondaries: ready.map(({ server }) => server) });
    return warn('no secondary is synchronous with automatic failover');
  },
});

interface Listening {
  readonly connection: ConnectionFacts | undefined;
  readonly listeners: readonly { readonly name: string; readonly addresses: number }[];
  readonly grouped: boolean;
}

/** Compares the connection string of this machine with the listeners. The nodes' own are compared by `nodes/database`. */
const byListeners = (
  check: Omit<ClusterCheck, 'kind' | 'run'> & { judge(facts: Listening): Verdict },
): ClusterCheck & typeof check => ({
  needs: ['database/reachable'],
  ...check,
  kind: 'cluster',
  async run(world, signal) {
    if (world.engine !== 'sql-server') return skip('only SQL Server has this; this cluster is a lab on SQLite');
    return await answered(right, async () => {
      const [replicas, listeners] = await Promise.all([
        world.ask(availabilityReplicas, signal),
        world.ask(availabilityListeners, signal),
      ]);
      return check.judge({ connection: world.connection, listeners, grouped: replicas.length > 0 });
    });
  },
});

const listener = byListeners({
  id: 'database/listener',
  title: 'the connection goes through the listener of the availability group',
  why: 'A connection to a replica by its name breaks at the next failover. Octopus supports groups by their listener.',
  cure: {
    text: 'Name the listener as the server, here and on every node.',
    commands: ['Octopus.Server database --instance INSTANCE --connectionString "Server=tcp:LISTENER,1433;…"'],
  },
  judge({ connection, listeners, grouped }): Verdict {
    if (!grouped) return skip(none);
    if (connection === undefined) return skip('the connection string is not known');
    const names = listeners.map(({ name }) => name);
    if (names.length === 0) return warn('the availability group has no listener');
    const short = (name: string) => (name.split('.')[0] ?? '').toLowerCase();
    if (names.some((name) => short(name) === short(connection.server))) return pass({ listeners: names });
    return fail(`the connection names ${connection.server}, and the listeners are ${names.join(', ')}`);
  },
});

const multiSubnet = byListeners({
  id: 'database/multi-subnet-failover',
  title: 'the connection tries every address of the listener',
  why: 'Without MultiSubnetFailover=True the portal is slow and connections fail by chance (issue 7963).',
  cure: { text: 'Add MultiSubnetFailover=True to the connection string, here and on every node.' },
  judge({ connection, grouped }): Verdict {
    if (!grouped) return skip(none);
    if (connection === undefined) return skip('the connection string is not known');
    return connection.multiSubnetFailover ? pass() : warn('MultiSubnetFailover is not set in the connection string');
  },
});

const mirroring = sqlServerCheck({
  id: 'database/mirroring',
  title: 'the database is not mirrored',
  why: 'Octopus does not support database mirroring.',
  cure: { text: 'Use an availability group instead.', commands: ['ALTER DATABASE CURRENT SET PARTNER OFF;'] },
  question: mirroringRole,
  judge: (role) => (role === null ? pass() : fail(`the database is mirrored, as ${role}`)),
});

export const availabilityChecks = [healthy, failover, listener, multiSubnet, mirroring] as const;
