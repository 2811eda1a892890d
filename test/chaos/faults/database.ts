import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Fault } from './fault.js';

const mayMount = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;

/** A program sees the directory as one that may only be read, and nobody else does. */
const readOnly = (directory: string): readonly string[] => [
  ...['unshare', '--mount', 'sh', '-c'],
  'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"',
  directory,
];

export const databaseFaults: readonly Fault[] = [
  {
    id: 'newer-tables',
    what: "Octopus' table of nodes has a column that octo-ha does not know",
    cause: 'database/known-shape',
    async inject(lab) {
      await lab.execute('ALTER TABLE dbo.OctopusServerNode ADD COLUMN Weight int NULL');
      return () => lab.execute('ALTER TABLE dbo.OctopusServerNode DROP COLUMN Weight');
    },
  },
  {
    id: 'database-read-only',
    what: 'octo-ha may read the database and not write to it',
    cause: 'database/write-probe',
    asked: (lab) => ['--probe', readOnly(join(lab.home, 'database'))],
    missing: () => (mayMount ? undefined : 'only root may mount'),
    // What octo-ha sees is broken as it is asked.
    inject: async () => async () => {},
  },
];
