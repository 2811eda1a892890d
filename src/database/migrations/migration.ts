import type { Dialect, Query } from '../dialect.js';

/** A step of the schema `octo_ha`. Migrations only add, so that an older client beside a newer one still reads. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  /** The oldest schema number whose clients may still write once this is applied. */
  readonly minimumWriter: number;
  /** The tables it makes, so that they can be taken out again. */
  readonly makes: readonly string[];
  statements(dialect: Dialect): readonly Query[];
}
