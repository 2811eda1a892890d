import * as z from 'zod/mini';
import type { PastRun } from '../../cluster/doctor-run.js';
import { count, instant } from '../columns.js';
import type { Effect, Question } from '../database.js';
import { db } from '../own-tables-builder.js';

const json = z.pipe(
  z.string(),
  z.transform((text) => JSON.parse(text) as unknown),
);

const row = z.object({
  id: z.string(),
  at: instant,
  who: z.string(),
  selection: z.string(),
  verdict: z.string(),
  counts: z.pipe(json, z.record(z.string(), z.number())),
  findings: z.pipe(json, z.array(z.object({ key: z.string(), status: z.string(), problem: z.string() }))),
  duration_ms: count,
});

/** Runs that a report shows. */
const shown = 20;

/** Kept for so long, in milliseconds. */
const keptFor = 90 * 86_400_000;

/** Past runs of the same selection, newest first. Empty where octo-ha's tables are missing or older. */
export const doctorRuns = (selection: string): Question<readonly PastRun[]> => ({
  ask(builder) {
    if (!builder.ownTables.has('doctor_run')) return null;
    const runs = db(builder).selectFrom('octo_ha.doctor_run').selectAll().where('selection', '=', selection);
    const newestFirst = runs.orderBy('at', 'desc').orderBy('id', 'desc');
    return builder.dialect.engine === 'sql-server' ? newestFirst.top(shown) : newestFirst.limit(shown);
  },
  answer: (rows) =>
    rows.map((raw) => {
      const { duration_ms: durationMs, ...rest } = row.parse(raw);
      return { ...rest, durationMs };
    }),
});

/** Keeps a run, and lets go of those that are three months old. */
export const keepDoctorRun = (run: Omit<PastRun, 'at'>): readonly Effect[] => [
  {
    rows: 'any',
    statement: (builder) =>
      db(builder).deleteFrom('octo_ha.doctor_run').where('at', '<', builder.dialect.later(-keptFor)),
  },
  {
    rows: 1,
    statement: (builder) =>
      db(builder)
        .insertInto('octo_ha.doctor_run')
        .values({
          id: run.id,
          at: builder.dialect.now,
          who: run.who.slice(0, 200),
          selection: run.selection,
          verdict: run.verdict,
          counts: JSON.stringify(run.counts),
          findings: JSON.stringify(run.findings),
          duration_ms: run.durationMs,
        }),
  },
];
