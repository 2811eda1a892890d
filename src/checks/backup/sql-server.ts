import { formatDuration } from '../../cluster/duration.js';
import { type Backup, backups } from '../../database/queries/sql-server/backups.js';
import { databaseProperties } from '../../database/queries/sql-server/database-properties.js';
import { serverProperties } from '../../database/queries/sql-server/server-properties.js';
import { suspectPages } from '../../database/queries/sql-server/suspect-pages.js';
import { type ClusterCheck, fail, type Judging, pass, skip, type Verdict, warn } from '../check.js';
import { answered, sqlServerCheck } from '../kinds.js';
import { ours } from '../limits.js';

const right = 'SELECT on msdb.dbo.backupset';

interface History {
  readonly backups: readonly Backup[];
  /** `null` where the server does not tell. */
  readonly recoveryModel: string | null;
}

/** From the history in msdb. Azure SQL Database has none: it backs up by itself. */
const historyCheck = (
  check: Omit<ClusterCheck, 'kind' | 'run' | 'needs'> & { judge(history: History, judging: Judging): Verdict },
): ClusterCheck & typeof check => ({
  needs: ['database/reachable'],
  ...check,
  kind: 'cluster',
  async run(world, signal) {
    if (world.engine !== 'sql-server') return skip('a lab on SQLite has no backups');
    const { engineEdition } = await world.ask(serverProperties, signal);
    if (engineEdition === 5) return skip('Azure SQL Database backs up by itself');
    return await answered(right, async () => {
      const [history, { recoveryModel }] = await Promise.all([
        world.ask(backups, signal),
        world.ask(databaseProperties, signal),
      ]);
      return check.judge(
        { backups: history, recoveryModel },
        { limits: world.limits, now: new Date(world.clock.now()) },
      );
    });
  },
});

const newest = (all: readonly Backup[], ...kinds: readonly Backup['kind'][]): Backup | undefined =>
  all.find(({ kind }) => kinds.includes(kind));

const full = historyCheck({
  id: 'backup/full',
  title: 'the last full backup is recent',
  why: 'Everything of Octopus but packages, artifacts and logs is in the database. A differential backup counts with its full one.',
  cure: {
    text: 'Back the database up now, and see what became of the schedule.',
    commands: ["BACKUP DATABASE [Octopus] TO DISK = N'PATH' WITH CHECKSUM, COMPRESSION;"],
  },
  judge({ backups }, { limits }): Verdict {
    const last = newest(backups, 'full');
    if (last === undefined) return fail('no full backup in the last sixty days is in the history of this server');
    const { ageMs } = newest(backups, 'full', 'differential') ?? last;
    const evidence = { age: formatDuration(ageMs), fullAge: formatDuration(last.ageMs), server: last.server };
    return ageMs <= limits.fullBackup
      ? pass(evidence)
      : fail(`the last one was taken ${formatDuration(ageMs)} ago ${ours(limits, 'fullBackup')}`, { evidence });
  },
});

const log = historyCheck({
  id: 'backup/log',
  title: 'the log is backed up often enough',
  why: 'Under the FULL recovery model the log grows until it is backed up, and what happened since the last one is lost.',
  cure: {
    text: 'Schedule log backups, or set the recovery model to SIMPLE if a day may be lost.',
    commands: ["BACKUP LOG [Octopus] TO DISK = N'PATH' WITH CHECKSUM;"],
  },
  judge({ backups, recoveryModel }, { limits }): Verdict {
    if (recoveryModel === null) return skip('the server does not tell the recovery model');
    if (recoveryModel === 'SIMPLE') return skip('the recovery model is SIMPLE: there are no log backups');
    const last = newest(backups, 'log');
    if (last === undefined) return fail(`the recovery model is ${recoveryModel}, and the log was never backed up`);
    const evidence = { age: formatDuration(last.ageMs) };
    return last.ageMs <= limits.logBackup
      ? pass(evidence)
      : fail(`the last one was taken ${formatDuration(last.ageMs)} ago ${ours(limits, 'logBackup')}`, { evidence });
  },
});

const recovery = historyCheck({
  id: 'backup/recovery-model',
  title: 'the database can be restored to a point in time',
  why: 'With SIMPLE a restore goes back to the last backup; BULK_LOGGED may not reach the moment that is wanted.',
  cure: { text: 'Set it to FULL and schedule log backups.', commands: ['ALTER DATABASE CURRENT SET RECOVERY FULL;'] },
  judge({ recoveryModel }): Verdict {
    if (recoveryModel === null) return skip('the server does not tell the recovery model');
    return recoveryModel === 'FULL' ? pass() : warn(`the recovery model is ${recoveryModel}`);
  },
});

const checksums = historyCheck({
  id: 'backup/checksums',
  title: 'backups are taken with checksums',
  why: 'Without them a backup copies damaged pages silently.',
  cure: {
    text: 'Add WITH CHECKSUM, or make it the default.',
    commands: ["EXEC sp_configure 'backup checksum default', 1; RECONFIGURE;"],
  },
  judge({ backups }): Verdict {
    const last = newest(backups, 'full');
    if (last === undefined) return skip('there is no full backup');
    return last.checksums ? pass() : warn('the last full backup has no checksums');
  },
});

const undamaged = historyCheck({
  id: 'backup/undamaged',
  title: 'the last full backup is not damaged',
  why: 'SQL Server notes when it met damaged pages while backing up, and goes on if it was told to.',
  cure: { text: 'Check the database and take another backup.', commands: ['DBCC CHECKDB WITH NO_INFOMSGS;'] },
  judge({ backups }): Verdict {
    const last = newest(backups, 'full');
    if (last === undefined) return skip('there is no full backup');
    return last.damaged ? fail('SQL Server marked it as damaged') : pass();
  },
});

const ownChain = historyCheck({
  id: 'backup/chain',
  title: 'log backups belong to a full backup of their own',
  why: 'A copy-only backup begins no chain: differential and log backups after it hang on an older one.',
  cure: { text: 'Take a full backup that is not copy-only.' },
  judge({ backups }): Verdict {
    const fulls = backups.filter(({ kind }) => kind === 'full');
    if (fulls.length === 0) return skip('there is no full backup');
    return fulls.some(({ copyOnly }) => !copyOnly)
      ? pass()
      : warn('every full backup of the last sixty days is copy-only');
  },
});

const elsewhere = historyCheck({
  id: 'backup/elsewhere',
  title: 'backups are not on the disk of the server',
  why: 'A backup beside the database is lost with it.',
  cure: { text: 'Back up to a share or to a URL, or copy the files away and say so by a suppression.' },
  judge({ backups }): Verdict {
    const last = newest(backups, 'full');
    if (last === undefined) return skip('there is no full backup');
    const device = last.device ?? '';
    if (device === '') return skip('the history does not tell where it is');
    // Backup software writes to devices with a GUID for a name.
    const local = /^[A-Za-z]:\\/.test(device) || (device.startsWith('/') && !device.startsWith('//'));
    return local ? warn(`the last full backup was written to ${device}`) : pass({ device });
  },
});

const pages = sqlServerCheck({
  id: 'backup/suspect-pages',
  title: 'no page of the database is suspect',
  why: 'SQL Server notes every page that it could not read. One is the beginning of a dying disk.',
  cure: {
    text: 'Check the database, and restore the page or the database.',
    commands: ['SELECT * FROM msdb.dbo.suspect_pages;', 'DBCC CHECKDB WITH NO_INFOMSGS;'],
  },
  question: suspectPages,
  right: 'SELECT on msdb.dbo.suspect_pages',
  judge: (count): Verdict => (count === 0 ? pass() : fail(`${count} pages of the database could not be read`)),
});

const consistency = sqlServerCheck({
  id: 'backup/consistency',
  title: 'the database was checked of late',
  why: 'DBCC CHECKDB finds damage while a backup without it is still kept.',
  cure: { text: 'Run it, at a quiet hour, and schedule it.', commands: ['DBCC CHECKDB WITH NO_INFOMSGS;'] },
  question: databaseProperties,
  judge({ lastGoodCheck }, { limits, now }): Verdict {
    if (lastGoodCheck === null) return skip('this server does not tell when it was checked');
    if (lastGoodCheck.getUTCFullYear() < 2000) return warn('DBCC CHECKDB never ended without finding damage');
    const age = now.getTime() - lastGoodCheck.getTime();
    const evidence = { lastGoodCheck: lastGoodCheck.toISOString() };
    return age <= limits.consistencyCheck
      ? pass(evidence)
      : warn(`the last clean DBCC CHECKDB was ${formatDuration(age)} ago ${ours(limits, 'consistencyCheck')}`, {
          evidence,
        });
  },
});

export const backupChecks = [
  full,
  log,
  recovery,
  checksums,
  undamaged,
  ownChain,
  elsewhere,
  pages,
  consistency,
] as const;
