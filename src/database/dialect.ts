import {
  type CompiledQuery,
  createQueryId,
  DummyDriver,
  Kysely,
  type RawBuilder,
  type RootOperationNode,
} from 'kysely';
import type { EngineName, SqlValue, Statement } from '../ports/database.js';
import type { Tables } from './tables.js';

/** Anything of the query builder that stands for a whole statement. */
export interface Query {
  toOperationNode(): unknown;
}

/** Where octo-ha's tables are, seen from the connection: beside Octopus' own, or in a database of that name. */
export type Placement = { readonly database: string | null };

/** What truly differs between the engines. */
export interface Dialect {
  readonly engine: EngineName;
  /** The database's clock. */
  readonly now: RawBuilder<Date | string>;
  /** The database's clock in so many milliseconds. */
  later(milliseconds: number): RawBuilder<Date | string>;
  /** Whole seconds from the beginning of 2020 to an instant. */
  secondsUntil(instant: RawBuilder<Date | string>): RawBuilder<number>;
  readonly types: Readonly<Record<'text' | 'instant' | 'json', string>>;
  /** Makes the schema `octo_ha` where it is missing; absent where there is nothing to make. */
  readonly createSchema?: Query;
  /** Takes the schema `octo_ha` out where nothing is in it any more; absent where there is none to take out. */
  readonly dropSchema?: Query;
  /** Lists the columns of the tables octo-ha looks at; shapes in `catalogue.ts`. */
  readonly columns: Query;
  /** The same for octo-ha's tables in a separate database. */
  columnsOf(own: string): Query;
  /** One row with the Octopus database that the tables in a separate database belong to, or `NULL`. */
  pinOf(own: string): Query;
  /** One row of facts about the server; shape in `catalogue.ts`. `own` is the separate database's name. */
  facts(own: string): Query;
  builder(placement: Placement): Kysely<Tables>;
  /** Statements for one round trip: parameter names do not repeat among them. */
  compile(queries: readonly Query[], placement: Placement): readonly Statement[];
}

type Parts = ConstructorParameters<typeof Kysely>[0]['dialect'];

/** A query builder that only writes statements; a `Session` runs them. */
export function writingBuilder(parts: Pick<Parts, 'createAdapter' | 'createIntrospector' | 'createQueryCompiler'>) {
  return new Kysely<Tables>({ dialect: { ...parts, createDriver: () => new DummyDriver() } });
}

export function toStatement(
  query: Query,
  compiler: { compileQuery(node: RootOperationNode, id: ReturnType<typeof createQueryId>): CompiledQuery },
): Statement {
  const { sql, parameters } = compiler.compileQuery(query.toOperationNode() as RootOperationNode, createQueryId());
  return { sql, parameters: parameters as readonly SqlValue[] };
}
