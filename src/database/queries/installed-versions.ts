import { sql } from 'kysely';
import * as z from 'zod/mini';
import { column, instant } from '../columns.js';
import type { Question } from '../database.js';

export interface InstalledVersion {
  /** The node's name; `null` in rows older than the column. */
  readonly node: string | null;
  readonly version: string;
  readonly installed: Date;
}

const row = z.object({ node: z.nullable(z.string()), version: z.string(), installed: instant });

/** The newest version that each node recorded when it was installed. Empty where the table is missing. */
export const installedVersions: Question<readonly InstalledVersion[]> = {
  ask({ shape: { history } }) {
    if (history === null) return null;
    const { node, version, installed } = history;
    return sql`
      SELECT ${column('h', node)} AS node, ${column('h', version)} AS version, ${column('h', installed)} AS installed
      FROM dbo.OctopusServerInstallationHistory AS h
      WHERE ${column('h', version)} IS NOT NULL AND ${column('h', installed)} IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM dbo.OctopusServerInstallationHistory AS newer
        WHERE newer.${sql.id(installed)} > ${column('h', installed)}
          AND COALESCE(newer.${sql.id(node)}, '') = COALESCE(${column('h', node)}, ''))
      ORDER BY ${column('h', installed)} DESC`;
  },
  answer: (rows) => rows.map((raw) => row.parse(raw)),
};
