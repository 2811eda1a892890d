import { sql } from 'kysely';
import type { Migration } from './migration.js';

/** What doctor found in the past, to compare with. */
export const doctorRuns: Migration = {
  number: 4,
  name: 'doctor runs',
  minimumWriter: 2,
  makes: ['doctor_run'],
  statements: ({ types }) => [
    sql`CREATE TABLE octo_ha.doctor_run (
      id nvarchar(30) NOT NULL PRIMARY KEY, at ${sql.raw(types.instant)} NOT NULL, who nvarchar(200) NOT NULL,
      selection nvarchar(400) NOT NULL, verdict nvarchar(20) NOT NULL, counts ${sql.raw(types.text)} NOT NULL,
      findings ${sql.raw(types.text)} NOT NULL, duration_ms bigint NOT NULL)`,
  ],
};
