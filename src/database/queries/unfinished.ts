import { type RawBuilder, sql } from 'kysely';
import { finalStates } from '../../cluster/task.js';

/**
 * True for tasks in any state but the final ones, also for states octo-ha does not know. Written as the ranges between
 * the final states, because an index led by the state answers ranges on every engine while `NOT IN` reads the whole
 * history on some.
 */
export function unfinished(state: RawBuilder<unknown>): RawBuilder<boolean> {
  const ordered = [...finalStates].sort();
  const ranges = ordered
    .slice(1)
    .map((next, i) => sql`(${state} > ${sql.lit(ordered[i])} AND ${state} < ${sql.lit(next)})`);
  return sql<boolean>`(${state} < ${sql.lit(ordered[0])} OR ${sql.join(ranges, sql` OR `)} OR ${state} > ${sql.lit(ordered.at(-1))})`;
}
