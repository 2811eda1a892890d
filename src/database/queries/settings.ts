import * as z from 'zod/mini';
import type { Question } from '../database.js';

const row = z.object({ name: z.string(), value: z.string() });

/** What is kept with the cluster, by name. Empty where octo-ha's tables are missing. */
export const settings: Question<ReadonlyMap<string, string>> = {
  ask: ({ ownTables, dialect, placement }) =>
    ownTables.has('setting')
      ? dialect.builder(placement).selectFrom('octo_ha.setting').select(['name', 'value'])
      : null,
  answer: (rows) => new Map(rows.map((raw) => row.parse(raw)).map(({ name, value }) => [name, value])),
};
