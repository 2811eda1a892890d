import type { ISqlType, Request } from 'mssql';
import type { SqlValue, Statement } from '../../ports/database.js';

export type Driver = typeof import('mssql');

const inInt = (value: number) => value >= -(2 ** 31) && value < 2 ** 31;

function typeOf(value: SqlValue, driver: Driver): (() => ISqlType) | ISqlType {
  switch (typeof value) {
    case 'boolean':
      return driver.Bit;
    case 'bigint':
      return driver.BigInt;
    case 'number':
      if (!Number.isSafeInteger(value)) return driver.Float;
      return inInt(value) ? driver.Int : driver.BigInt;
    case 'string':
      // One declared length for all short texts, so that the server's plan cache sees one statement.
      return value.length <= 4000 ? driver.NVarChar(4000) : driver.NVarChar(driver.MAX);
    default:
      if (value === null) return driver.NVarChar(4000);
      return value instanceof Date ? driver.DateTimeOffset(7) : driver.VarBinary(driver.MAX);
  }
}

/** Binds the values of all statements as `@p1`, `@p2` … through all of them, after `taken` that went before. */
export function bind(request: Request, statements: readonly Statement[], driver: Driver, taken = 0): void {
  statements
    .flatMap(({ parameters }) => parameters)
    .forEach((value, index) => {
      const sent = value instanceof Uint8Array ? Buffer.from(value) : value;
      request.input(`p${taken + index + 1}`, typeOf(value, driver), sent);
    });
}
