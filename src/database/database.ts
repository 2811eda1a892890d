import * as z from 'zod/mini';
import type { Changed, Row, Session } from '../ports/database.js';
import { bit, instant } from './columns.js';
import type { Dialect, Placement, Query } from './dialect.js';
import { explained } from './refusal.js';
import { type CatalogueColumn, type Shape, shapeOf } from './shape.js';

/** What the catalogue of a connection tells, read once. */
export interface Catalogue {
  readonly server: string;
  /** As the server tells it, such as `16.0.4135.4`; empty where it does not. */
  readonly serverVersion: string;
  readonly database: string;
  readonly collation: string;
  readonly login: string;
  /** The server may be one of an availability group: its name changes when the group fails over. */
  readonly mayFailOver: boolean;
  readonly shape: Shape;
  /** The version of octo-ha's own tables can be asked: they exist. */
  readonly ownTables: ReadonlySet<string>;
  readonly placement: Placement;
  /** The Octopus database that the tables in the separate database belong to, where it is not this one. */
  readonly foreign?: string;
}

/** What a statement may be built from. */
export interface Builder extends Catalogue {
  readonly dialect: Dialect;
}

/** One statement that reads, and how its rows become the domain's values. `null` where the tables it needs are missing. */
export interface Question<T> {
  ask(builder: Builder): Query | null;
  answer(rows: readonly Row[]): T;
}

/** One statement that changes exactly `rows` rows, or nothing is changed at all. */
export interface Effect {
  readonly rows: number | 'any';
  statement(builder: Builder): Query;
}

type Answers<Questions extends readonly Question<unknown>[]> = {
  -readonly [Index in keyof Questions]: Questions[Index] extends Question<infer T> ? T : never;
};

export interface Database extends AsyncDisposable {
  /** Round trips: one, or two where octo-ha's tables are in a database of their own; none the second time. */
  catalogue(signal: AbortSignal): Promise<Catalogue>;
  /** The catalogue is read again at the next question: tables were made. */
  forgetCatalogue(): void;
  /** Asks everything in one round trip. */
  ask<const Questions extends readonly Question<unknown>[]>(
    questions: Questions,
    signal: AbortSignal,
  ): Promise<Answers<Questions>>;
  /** Makes all changes or none, in one round trip. Rejects as `Session.change` does. */
  change(effects: readonly Effect[], signal: AbortSignal): Promise<Changed>;
}

export interface DatabaseOptions {
  /** Name of the separate database for octo-ha's tables; `null` where they stand among Octopus' own. */
  readonly own: string | null;
}

const columnRow = z.object({
  table_schema: z.string(),
  table_name: z.string(),
  column_name: z.string(),
  data_type: z.string(),
  in_key: z.number(),
});

const pinRow = z.object({ database_name: z.nullable(z.string()) });

const factsRow = z.object({
  now: instant,
  server_name: z.nullable(z.string()),
  server_version: z.nullable(z.string()),
  collation: z.nullable(z.string()),
  database_name: z.nullable(z.string()),
  login: z.nullable(z.string()),
  hadr: z.nullish(bit),
  own_exists: bit,
});

/** The cluster's database behind a session. Nothing is asked of it before the first question. */
export function clusterDatabase(session: Session, dialect: Dialect, { own }: DatabaseOptions): Database {
  let known: Promise<Catalogue> | undefined;

  async function read(queries: readonly Query[], placement: Placement, signal: AbortSignal) {
    return await session.read(dialect.compile(queries, placement), signal);
  }

  async function look(signal: AbortSignal): Promise<Catalogue> {
    const here = { database: null };
    const [columnRows = [], [facts] = []] = await read([dialect.columns, dialect.facts(own ?? '')], here, signal);
    const { own_exists, hadr, ...told } = factsRow.parse(facts);
    const database = told.database_name ?? 'the database';
    const columns = columnRows.map(toColumn);
    const base = {
      server: told.server_name ?? '',
      serverVersion: told.server_version ?? '',
      database,
      collation: told.collation ?? '',
      login: told.login ?? '',
      mayFailOver: hadr === true,
      shape: shapeOf(columns, database),
    };
    const tablesHere = ownTables(columns);
    if (tablesHere.size > 0 || own === null || !own_exists) return { ...base, ownTables: tablesHere, placement: here };

    const [rows = [], [pinned] = []] = await read([dialect.columnsOf(own), dialect.pinOf(own)], here, signal);
    const belongsTo = pinRow.parse(pinned).database_name;
    const placement = { database: own };
    if (belongsTo !== null && belongsTo.toLowerCase() !== database.toLowerCase()) {
      return { ...base, ownTables: new Set(), placement, foreign: belongsTo };
    }
    return { ...base, ownTables: ownTables(rows.map(toColumn)), placement };
  }

  const catalogue = (signal: AbortSignal): Promise<Catalogue> => {
    known ??= look(signal).catch((error: unknown) => {
      known = undefined;
      throw explained(error, '');
    });
    return known;
  };

  return {
    catalogue,
    forgetCatalogue() {
      known = undefined;
    },
    async ask(questions, signal) {
      const builder = { ...(await catalogue(signal)), dialect };
      const asked = questions.map((question) => ({ question, query: question.ask(builder) }));
      const queries = asked.flatMap(({ query }) => (query === null ? [] : [query]));
      try {
        const results = queries.length === 0 ? [] : [...(await read(queries, builder.placement, signal))];
        return asked.map(({ question, query }) =>
          question.answer(query === null ? [] : (results.shift() ?? [])),
        ) as Answers<typeof questions>;
      } catch (error) {
        throw explained(error, builder.login);
      }
    },
    async change(effects, signal) {
      const builder = { ...(await catalogue(signal)), dialect };
      const statements = dialect.compile(
        effects.map((effect) => effect.statement(builder)),
        builder.placement,
      );
      const steps = statements.map((statement, i) => ({ ...statement, expects: effects[i]?.rows ?? 1 }));
      try {
        return await session.change(steps, signal);
      } catch (error) {
        throw explained(error, builder.login);
      }
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function toColumn(row: Row): CatalogueColumn {
  const { table_schema, table_name, column_name, data_type, in_key } = columnRow.parse(row);
  return { schema: table_schema, table: table_name, column: column_name, type: data_type, inKey: in_key > 0 };
}

const ownTables = (columns: readonly CatalogueColumn[]): ReadonlySet<string> =>
  new Set(columns.filter(({ schema }) => schema.toLowerCase() === 'octo_ha').map(({ table }) => table.toLowerCase()));
