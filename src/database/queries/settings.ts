import * as z from 'zod/mini';
import type { Effect, Question } from '../database.js';
import { db } from '../own-tables-builder.js';

const row = z.object({ name: z.string(), value: z.string() });

/** What is kept with the cluster, by name. Empty where octo-ha's tables are missing. */
export const settings: Question<ReadonlyMap<string, string>> = {
  ask: ({ ownTables, dialect, placement }) =>
    ownTables.has('setting')
      ? dialect.builder(placement).selectFrom('octo_ha.setting').select(['name', 'value'])
      : null,
  answer: (rows) => new Map(rows.map((raw) => row.parse(raw)).map(({ name, value }) => [name, value])),
};

/** Replaces one setting. */
export const keepSetting = (name: string, value: string): readonly Effect[] => [
  {
    rows: 'any',
    statement: (builder) => db(builder).deleteFrom('octo_ha.setting').where('name', '=', name),
  },
  { rows: 1, statement: (builder) => db(builder).insertInto('octo_ha.setting').values({ name, value }) },
];
