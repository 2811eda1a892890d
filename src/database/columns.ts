import { sql } from 'kysely';
import * as z from 'zod/mini';

/** A column under the alias of its table. The name must come from the catalogue or from our own tables. */
export const column = <T = unknown>(alias: string, name: string) => sql.id<T>(alias, name);

/** The same, or `NULL` where this database has no such column. */
export const columnOrNull = (alias: string, name: string | null) => (name === null ? sql`NULL` : sql.id(alias, name));

/** An instant as either engine gives it: a `Date`, or text in ISO 8601 with or without a zone (then UTC). */
export const instant = z.pipe(
  z.union([z.date(), z.string()]),
  z.transform((value: Date | string, context) => {
    const date = value instanceof Date ? value : new Date(withZone(value));
    if (Number.isNaN(date.getTime())) {
      context.issues.push({ code: 'custom', message: 'is no instant', input: value });
      return new Date(0);
    }
    return date;
  }),
);

const withZone = (text: string): string => {
  const iso = text.trim().replace(/^(\d{4}-\d\d-\d\d) /, '$1T');
  return /(z|[+-]\d\d:?\d\d)$/i.test(iso.replace(/ (?=[+-]\d\d)/, '')) ? iso.replace(/ (?=[+-]\d\d)/, '') : `${iso}Z`;
};

/** `bit` on SQL Server, 0 or 1 on SQLite. */
export const bit = z.pipe(
  z.union([z.boolean(), z.literal(0), z.literal(1)]),
  z.transform((value: boolean | 0 | 1) => value === true || value === 1),
);

/** A count: `int` as a number, `bigint` as text on SQL Server. */
export const count = z.pipe(
  z.union([z.number(), z.bigint(), z.string()]),
  z.transform((value: number | bigint | string) => Number(value)),
);
