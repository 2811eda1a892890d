import { sql } from 'kysely';
import * as z from 'zod/mini';
import { bit, count } from '../../columns.js';
import type { Question } from '../../database.js';

export interface DatabaseFile {
  readonly type: string;
  readonly name: string;
  readonly sizeMb: number;
  /** `null` where the server does not tell. */
  readonly usedMb: number | null;
  /** `null` is without a limit of its own. */
  readonly mostMb: number | null;
  readonly grows: boolean;
  readonly growsByPercent: boolean;
}

const row = z.object({
  type_desc: z.string(),
  file_name: z.string(),
  size_mb: count,
  used_mb: z.nullable(count),
  max_pages: count,
  growth: count,
  is_percent: bit,
});

/** https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-database-files-transact-sql */
export const databaseFiles: Question<readonly DatabaseFile[]> = {
  ask: () => sql`
    SELECT f.type_desc AS type_desc, f.name AS file_name, CAST(f.size AS bigint) * 8 / 1024 AS size_mb,
      CAST(FILEPROPERTY(f.name, 'SpaceUsed') AS bigint) * 8 / 1024 AS used_mb, f.max_size AS max_pages,
      f.growth AS growth, f.is_percent_growth AS is_percent
    FROM sys.database_files AS f WHERE f.type_desc IN ('ROWS', 'LOG') ORDER BY f.file_id`,
  answer: (rows) =>
    rows
      .map((raw) => row.parse(raw))
      .map(({ type_desc, file_name, size_mb, used_mb, max_pages, growth, is_percent }) => ({
        type: type_desc,
        name: file_name,
        sizeMb: size_mb,
        usedMb: used_mb,
        // 268435456 pages are the 2 TB that a log may have at most.
        mostMb: max_pages > 0 && max_pages < 268_435_456 ? Math.floor((max_pages * 8) / 1024) : null,
        grows: growth > 0,
        growsByPercent: is_percent,
      })),
};
