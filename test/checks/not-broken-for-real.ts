import type { CheckId } from '../../src/checks/check.js';

/**
 * Checks that no test breaks something real for, and why. Their judging has a table all the same. Whoever adds a check
 * adds a fault to test/chaos/faults, a row to those of test/commands/doctor.test.ts, or a line here.
 */
const reasons: Readonly<Record<string, readonly CheckId[]>> = {
  'only SQL Server tells it, and a lab is on SQLite': [
    'database/version',
    'database/edition',
    'database/highly-available',
    'database/apart-from-nodes',
    'database/collation',
    'database/column-collations',
    'database/online',
    'database/writable',
    'database/multi-user',
    'database/auto-close',
    'database/auto-shrink',
    'database/page-verify',
    'database/snapshot-reads',
    'database/not-published',
    'database/not-merge-published',
    'database/not-subscribed',
    'database/change-data-capture',
    'database/availability-group',
    'database/automatic-failover',
    'database/listener',
    'database/multi-subnet-failover',
    'database/mirroring',
    'database/blocking',
    'database/space',
    'database/growth',
    'database/history',
    'database/automatic-tuning',
    'database/encrypted',
    'database/certificate-verified',
    'backup/full',
    'backup/log',
    'backup/recovery-model',
    'backup/checksums',
    'backup/undamaged',
    'backup/chain',
    'backup/elsewhere',
    'backup/suspect-pages',
    'backup/consistency',
    'disaster-recovery/database-copy',
  ],
  'only Windows tells it, or a container': [
    'nodes/service-account',
    'nodes/operating-system',
    'nodes/same-family',
    'nodes/installed-version',
    'nodes/same-installed-version',
    'nodes/watchdog',
    'nodes/one-instance',
  ],
  'it never finds anything, and is there to be needed by others: without tables it is skipped, with the way to get them':
    ['octo-ha/set-up'],
};

export const notBrokenForReal: ReadonlyMap<CheckId, string> = new Map(
  Object.entries(reasons).flatMap(([why, ids]) => ids.map((id) => [id, why] as const)),
);
