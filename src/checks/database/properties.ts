import { columnCollations } from '../../database/queries/sql-server/column-collations.js';
import { type DatabaseProperties, databaseProperties } from '../../database/queries/sql-server/database-properties.js';
import { type CheckId, fail, pass, type Remedy, skip, type Verdict, warn } from '../check.js';
import { sqlServerCheck } from '../kinds.js';

/** Properties that must have a certain value. What a server does not tell is skipped. */
interface Property<Name extends keyof DatabaseProperties> {
  readonly id: CheckId;
  readonly title: string;
  readonly why: string;
  readonly cure: Remedy;
  readonly reads: Name;
  readonly level: 'warn' | 'fail';
  accepts(value: NonNullable<DatabaseProperties[Name]>): boolean;
  problem(value: NonNullable<DatabaseProperties[Name]>): string;
}

const property = <Name extends keyof DatabaseProperties>({ reads, level, accepts, problem, ...text }: Property<Name>) =>
  sqlServerCheck({
    ...text,
    question: databaseProperties,
    judge(properties): Verdict {
      const value = properties[reads];
      if (value === null) return skip('this server does not tell it');
      const evidence = { [reads]: String(value) };
      if (accepts(value as never)) return pass(evidence);
      return (level === 'fail' ? fail : warn)(problem(value as never), { evidence });
    },
  });

const off = (value: boolean): boolean => !value;

const collation = property({
  id: 'database/collation',
  title: 'the collation of the database ignores case',
  why: 'Octopus looks names up without regard to case and leaves that to the collation. Octopus: one with _CI_ in its name.',
  cure: {
    text: "Follow Octopus' page on changing the collation; existing columns keep their own: https://octopus.com/docs/administration/data/octopus-database/changing-octopus-database-collation",
    commands: ['ALTER DATABASE CURRENT COLLATE Latin1_General_CI_AS;'],
  },
  reads: 'collation',
  level: 'fail',
  accepts: (name) => /_CI(_|$)/i.test(name),
  problem: (name) => `the collation is ${name}, which distinguishes case`,
});

const columnsCollation = sqlServerCheck({
  id: 'database/column-collations',
  title: "every column has the database's collation",
  why: 'An upgrade of Octopus stops at a column with another one: "Database update prevented: One or more columns …".',
  cure: {
    text: 'Change these columns before the next upgrade: https://octopus.com/docs/administration/data/octopus-database/changing-octopus-database-collation',
  },
  question: columnCollations,
  judge: (columns) =>
    columns.length === 0 ? pass() : fail(`another collation: ${columns.join(', ')}`, { evidence: { columns } }),
});

const online = property({
  id: 'database/online',
  title: 'the database is online',
  why: 'A database that is being restored or recovered, or that is suspect, serves no node.',
  cure: { text: 'Look at the error log of SQL Server, and bring the database online.' },
  reads: 'state',
  level: 'fail',
  accepts: (state) => state === 'ONLINE',
  problem: (state) => `the database is ${state}`,
});

const writable = property({
  id: 'database/writable',
  title: 'the database can be written to',
  why: 'A readable secondary, or a database set to read only, lets every node fail: Octopus has no read-only mode of its own.',
  cure: { text: "Connect to the availability group's listener; or set the database to READ_WRITE." },
  reads: 'updateability',
  level: 'fail',
  accepts: (updateability) => updateability === 'READ_WRITE',
  problem: (updateability) => `the database is ${updateability}`,
});

const multiUser = property({
  id: 'database/multi-user',
  title: 'the database takes more than one session',
  why: 'A database left in single-user or restricted mode after maintenance lets in one node, or none.',
  cure: { text: 'Set it back.', commands: ['ALTER DATABASE CURRENT SET MULTI_USER;'] },
  reads: 'userAccess',
  level: 'fail',
  accepts: (access) => access === 'MULTI_USER',
  problem: (access) => `the database is in ${access}`,
});

const autoClose = property({
  id: 'database/auto-close',
  title: 'the database stays open without sessions',
  why: 'With AUTO_CLOSE the database is shut and opened again and again, which costs seconds each time.',
  cure: { text: 'Turn it off.', commands: ['ALTER DATABASE CURRENT SET AUTO_CLOSE OFF;'] },
  reads: 'autoClose',
  level: 'warn',
  accepts: off,
  problem: () => 'AUTO_CLOSE is on',
});

const autoShrink = property({
  id: 'database/auto-shrink',
  title: 'the database does not shrink by itself',
  why: 'AUTO_SHRINK moves pages about while nodes work, and fragments every index.',
  cure: { text: 'Turn it off.', commands: ['ALTER DATABASE CURRENT SET AUTO_SHRINK OFF;'] },
  reads: 'autoShrink',
  level: 'warn',
  accepts: off,
  problem: () => 'AUTO_SHRINK is on',
});

const pageVerify = property({
  id: 'database/page-verify',
  title: 'pages are verified by checksums',
  why: 'Without them damage on the disk goes unseen until it is in every backup, too.',
  cure: { text: 'Turn them on.', commands: ['ALTER DATABASE CURRENT SET PAGE_VERIFY CHECKSUM;'] },
  reads: 'pageVerify',
  level: 'warn',
  accepts: (way) => way === 'CHECKSUM',
  problem: (way) => `PAGE_VERIFY is ${way}`,
});

const snapshotReads = property({
  id: 'database/snapshot-reads',
  title: 'readers do not wait for writers',
  why: 'Octopus relies on READ_COMMITTED_SNAPSHOT (issue 7713): without it nodes block one another and heartbeats are late.',
  cure: {
    text: 'Turn it on at a quiet moment; it waits until it is alone in the database.',
    commands: ['ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON;'],
  },
  reads: 'snapshotReads',
  level: 'warn',
  accepts: (on) => on,
  problem: () => 'READ_COMMITTED_SNAPSHOT is off',
});

const replicated = (id: CheckId, reads: 'published' | 'mergePublished' | 'subscribed', what: string) =>
  property({
    id,
    title: `the database is not ${what}`,
    why: 'Octopus does not support replication of its database by SQL Server.',
    cure: { text: 'Remove the database from replication; use an availability group instead.' },
    reads,
    level: 'fail',
    accepts: off,
    problem: () => `the database is ${what}`,
  });

const changeDataCapture = property({
  id: 'database/change-data-capture',
  title: 'changes are not captured',
  why: 'Change data capture reads the log of every table, holds it back and hinders upgrades that alter tables.',
  cure: { text: 'Disable it.', commands: ['EXEC sys.sp_cdc_disable_db;'] },
  reads: 'changeDataCapture',
  level: 'warn',
  accepts: off,
  problem: () => 'change data capture is on',
});

export const propertyChecks = [
  collation,
  columnsCollation,
  online,
  writable,
  multiUser,
  autoClose,
  autoShrink,
  pageVerify,
  snapshotReads,
  replicated('database/not-published', 'published', 'published for replication'),
  replicated('database/not-merge-published', 'mergePublished', 'published for merge replication'),
  replicated('database/not-subscribed', 'subscribed', 'a subscriber of replication'),
  changeDataCapture,
] as const;
