import { formatDuration } from '../../cluster/duration.js';
import { nodeKey } from '../../cluster/node.js';
import { automaticTuning } from '../../database/queries/sql-server/automatic-tuning.js';
import { blockedSessions } from '../../database/queries/sql-server/blocked-sessions.js';
import { type ConnectedHost, connectedHosts } from '../../database/queries/sql-server/connected-hosts.js';
import { databaseFiles } from '../../database/queries/sql-server/database-files.js';
import { foreignSchemas } from '../../database/queries/sql-server/foreign-tables.js';
import { historySizes } from '../../database/queries/sql-server/table-sizes.js';
import { thisConnection } from '../../database/queries/sql-server/this-connection.js';
import { type ClusterCheck, fail, pass, skip, type Verdict, warn } from '../check.js';
import { answered, sqlServerCheck } from '../kinds.js';
import { ours } from '../limits.js';

const exclusive = sqlServerCheck({
  id: 'database/exclusive',
  title: "the database holds Octopus' tables only",
  why: 'Octopus must not share its database; its daily System Integrity Check fails on tables that it does not know.',
  cure: { text: 'Move the other tables into a database of their own.' },
  question: foreignSchemas,
  judge: (schemas) =>
    schemas.size === 0
      ? pass()
      : warn(`tables in other schemas: ${[...schemas].map(([name, tables]) => `${name} (${tables})`).join(', ')}`),
});

const blocking = sqlServerCheck({
  id: 'database/blocking',
  title: 'no session is blocked for long',
  why: 'A session that holds locks stops the queue and the heartbeats of every node (issues 3205, 3258).',
  cure: { text: 'See what that session does, and end it if it must not go on.', commands: ['EXEC sp_who2;'] },
  question: blockedSessions,
  right: 'VIEW SERVER STATE',
  judge(sessions, { limits }): Verdict {
    const long = sessions.filter(({ waitMs }) => waitMs > limits.blockedFor);
    const [longest] = long;
    if (longest === undefined) return pass({ blocked: sessions.length });
    const who = longest.host === null ? '' : ` of ${longest.host}`;
    return fail(
      `session ${longest.session}${who} has waited ${formatDuration(longest.waitMs)} for session ${longest.by} ${ours(limits, 'blockedFor')}`,
      { evidence: { sessions: long.map(({ session, by }) => `${session} waits for ${by}`) } },
    );
  },
});

const knownHosts: ClusterCheck & { judge(hosts: readonly ConnectedHost[], nodes: readonly string[]): Verdict } = {
  kind: 'cluster',
  id: 'database/known-hosts',
  title: 'only nodes of this cluster are connected as Octopus Server',
  why: 'A forgotten node, a test clone or the disaster recovery site on the live database takes tasks and counts for the licence.',
  cure: { text: 'Stop Octopus Server on that machine, or give it a database of its own.' },
  needs: ['database/reachable'],
  async run(world, signal) {
    if (world.engine !== 'sql-server') return skip('only SQL Server has this; this cluster is a lab on SQLite');
    const { nodes } = await world.status(signal);
    return await answered('VIEW SERVER STATE', async () =>
      this.judge(
        await world.ask(connectedHosts, signal),
        nodes.map(({ name }) => name),
      ),
    );
  },
  judge(hosts, nodes) {
    const servers = hosts.filter(({ program }) => /octopus/i.test(program) && !/octo-ha/i.test(program));
    if (servers.length === 0)
      return skip('no session calls itself Octopus; without VIEW SERVER STATE a login sees only its own');
    const short = (name: string) => nodeKey(name.split('.')[0] ?? '');
    const known = new Set(nodes.map(short));
    const strange = [...new Set(servers.map(({ host }) => host).filter((host) => !known.has(short(host))))];
    // A node in a container has another name than its host, so this alone does not prove a stranger.
    if (strange.length === 0) return pass({ hosts: [...new Set(servers.map(({ host }) => host))] });
    return warn(`Octopus Server is connected from ${strange.join(', ')}, which is no node's name`, {
      evidence: { hosts: strange },
    });
  },
};

const space = sqlServerCheck({
  id: 'database/space',
  title: "the database's files have room",
  why: 'A file that is full and cannot grow stops every write, and so every node.',
  cure: { text: 'Enlarge the file, or let it grow.' },
  question: databaseFiles,
  judge(files, { limits }): Verdict {
    const tight = files.flatMap(({ name, sizeMb, usedMb, mostMb, grows }) => {
      if (usedMb === null) return [];
      const most = grows ? mostMb : sizeMb;
      if (most === null || most === 0) return [];
      const free = (100 * (most - usedMb)) / most;
      return free < limits.fileFreeWarn ? [`${name} has ${Math.max(0, Math.round(free))}% of ${most} MB free`] : [];
    });
    if (tight.length === 0) return pass({ files: files.map(({ name, sizeMb }) => `${name}: ${sizeMb} MB`) });
    return warn(`${tight.join(', ')} ${ours(limits, 'fileFreeWarn')}`);
  },
});

const growth = sqlServerCheck({
  id: 'database/growth',
  title: "the database's files grow by a fixed amount",
  why: 'Growth by per cent takes ever longer while everybody waits; no growth at all ends in a full file.',
  cure: {
    text: 'Set a growth in MB for each file.',
    commands: ["ALTER DATABASE CURRENT MODIFY FILE (NAME = N'FILE', FILEGROWTH = 256MB);"],
  },
  question: databaseFiles,
  judge(files): Verdict {
    const odd = files.filter(({ grows, growsByPercent }) => !grows || growsByPercent);
    if (odd.length === 0) return pass();
    const words = odd.map(({ name, grows }) => `${name} ${grows ? 'grows by per cent' : 'does not grow'}`);
    return warn(words.join(', '));
  },
});

const history = sqlServerCheck({
  id: 'database/history',
  title: 'the tables with history are not oversized',
  why: 'Millions of old tasks and events slow down dashboards, the queue and every upgrade.',
  cure: {
    text: 'Look at the retention policies and at archiving of events: https://octopus.com/docs/administration/managing-infrastructure/performance',
  },
  question: historySizes,
  right: 'VIEW DATABASE STATE',
  judge(tables, { limits }): Verdict {
    const evidence = { rows: [...tables].map(([name, rows]) => `${name}: ${rows}`) };
    const large = [...tables].filter(([, rows]) => rows > limits.taskRows);
    if (large.length === 0) return pass(evidence);
    return warn(`${large.map(([name, rows]) => `${name} has ${rows} rows`).join(', ')} ${ours(limits, 'taskRows')}`, {
      evidence,
    });
  },
});

const tuning = sqlServerCheck({
  id: 'database/automatic-tuning',
  title: 'no index is created or dropped by itself',
  why: "Indexes made by Azure's automatic tuning can break an upgrade of Octopus; dropped ones slow it down.",
  cure: {
    text: 'Turn both off.',
    commands: ['ALTER DATABASE CURRENT SET AUTOMATIC_TUNING (CREATE_INDEX = OFF, DROP_INDEX = OFF);'],
  },
  question: automaticTuning,
  judge(on): Verdict {
    const harmful = on.filter((name) => name === 'CREATE_INDEX' || name === 'DROP_INDEX');
    return harmful.length === 0 ? pass() : warn(`automatic tuning is on: ${harmful.join(', ')}`);
  },
});

const encrypted = sqlServerCheck({
  id: 'database/encrypted',
  title: 'the connection to the database is encrypted',
  why: 'What nodes and octo-ha ask is otherwise readable on the way.',
  cure: { text: 'Leave Encrypt out of the connection string, or set it to True.' },
  question: thisConnection,
  right: 'VIEW SERVER STATE',
  judge(connection): Verdict {
    if (connection === null) return skip('the server does not tell');
    return connection.encrypted ? pass() : warn('the connection of octo-ha is not encrypted');
  },
});

const verified: ClusterCheck = {
  kind: 'cluster',
  id: 'database/certificate-verified',
  title: "the database server's certificate is verified",
  why: 'With TrustServerCertificate=True, or Encrypt=False, whoever is on the way can pretend to be the server.',
  cure: {
    text: 'Give the server a certificate of an authority that this machine trusts, or name the authority as ca in the context.',
  },
  async run({ connection }) {
    if (connection === undefined) return skip('the database is a file');
    return connection.verified ? pass() : warn('the connection string gives up verifying the certificate');
  },
};

export const useChecks = [
  exclusive,
  blocking,
  knownHosts,
  space,
  growth,
  history,
  tuning,
  encrypted,
  verified,
] as const;
