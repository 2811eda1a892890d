import { sql } from 'kysely';
import * as z from 'zod/mini';
import { bit, count } from '../../columns.js';
import type { Question } from '../../database.js';

/** The newest backup of one kind. */
export interface Backup {
  readonly kind: 'full' | 'differential' | 'log';
  /** By the server's clock. */
  readonly ageMs: number;
  readonly copyOnly: boolean;
  readonly damaged: boolean;
  readonly checksums: boolean;
  readonly server: string | null;
  readonly device: string | null;
}

const kinds = { D: 'full', I: 'differential', L: 'log' } as const;

const row = z.object({
  kind: z.enum(['D', 'I', 'L']),
  age_s: count,
  copy_only: z.nullable(bit),
  damaged: z.nullable(bit),
  checksums: z.nullable(bit),
  server_name: z.nullable(z.string()),
  device: z.nullable(z.string()),
});

/**
 * Newest first, of the last sixty days. Needs to read msdb. Ages are computed by the server, because the history is in
 * its local time.
 */
export const backups: Question<readonly Backup[]> = {
  ask: () => sql`
    SELECT TOP (200) b.type AS kind, DATEDIFF(second, b.backup_finish_date, GETDATE()) AS age_s,
      b.is_copy_only AS copy_only, b.is_damaged AS damaged, b.has_backup_checksums AS checksums,
      b.server_name AS server_name,
      (SELECT TOP (1) m.physical_device_name FROM msdb.dbo.backupmediafamily AS m
        WHERE m.media_set_id = b.media_set_id) AS device
    FROM msdb.dbo.backupset AS b
    WHERE b.database_name = DB_NAME() AND b.type IN ('D', 'I', 'L') AND b.backup_finish_date > DATEADD(day, -60, GETDATE())
    ORDER BY b.backup_finish_date DESC`,
  answer: (rows) =>
    rows
      .map((raw) => row.parse(raw))
      .map(({ kind, age_s, copy_only, damaged, checksums, server_name, device }) => ({
        kind: kinds[kind],
        ageMs: Math.max(0, age_s) * 1_000,
        copyOnly: copy_only === true,
        damaged: damaged === true,
        checksums: checksums === true,
        server: server_name,
        device,
      })),
};
