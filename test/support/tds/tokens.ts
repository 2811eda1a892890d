/** What a TDS server answers with, token by token. */
export type Cell = string | number | boolean | Date | null;

/** Rows of one recordset, all with the same columns. */
export type Table = readonly Readonly<Record<string, Cell>>[];

export interface ServerError {
  readonly number: number;
  readonly message: string;
  readonly severity?: number;
}

const token = {
  columns: 0x81,
  error: 0xaa,
  loginAcknowledged: 0xad,
  row: 0xd1,
  environment: 0xe3,
  returnStatus: 0x79,
  done: 0xfd,
  doneProcedure: 0xfe,
  doneInProcedure: 0xff,
} as const;

const flag = { more: 0x01, error: 0x02, count: 0x10, attention: 0x20 } as const;

const wide = (text: string) => Buffer.from(text, 'utf16le');
const bytes = (...values: readonly number[]) => Buffer.from(values);
const shortText = (text: string) => Buffer.concat([bytes(text.length), wide(text)]);

function uint16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16LE(value);
  return buffer;
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}

function sized(kind: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([bytes(kind), uint16(body.length), body]);
}

export function loginAcknowledged(): Buffer {
  const tds74 = bytes(0x74, 0x00, 0x00, 0x04);
  return sized(token.loginAcknowledged, bytes(1), tds74, shortText('test server'), bytes(16, 0, 0, 0));
}

export const serverError = ({ number, message, severity = 16 }: ServerError): Buffer =>
  sized(token.error, uint32(number), bytes(1, severity), uint16(message.length), wide(message), bytes(0, 0), uint32(1));

const done = (kind: number, status: number, rows = 0) =>
  Buffer.concat([bytes(kind), uint16(status), uint16(0), uint32(rows), uint32(0)]);

export const batchDone = (failed = false): Buffer => done(token.done, failed ? flag.error : 0);

export const attentionDone = (): Buffer => done(token.done, flag.attention);

/** The end of `sp_executesql`. */
export const procedureDone = (failed = false): Buffer =>
  Buffer.concat([
    bytes(token.returnStatus),
    uint32(failed ? 1 : 0),
    done(token.doneProcedure, failed ? flag.error : 0),
  ]);

const descriptor = Buffer.alloc(8, 7);
const transactionChange = {
  begin: [8, bytes(8), descriptor, bytes(0)],
  commit: [9, bytes(0), bytes(8), descriptor],
  rollback: [10, bytes(0), bytes(8), descriptor],
} as const;

export function transactionDone(request: keyof typeof transactionChange): Buffer {
  const [kind, ...values] = transactionChange[request];
  return Buffer.concat([sized(token.environment, bytes(kind), ...values), batchDone()]);
}

const collation = bytes(0x09, 0x04, 0xd0, 0x00, 0x34);

function typeOf(value: Cell): Buffer {
  switch (typeof value) {
    case 'number':
      return bytes(0x26, 4);
    case 'boolean':
      return bytes(0x68, 1);
    default:
      return value instanceof Date ? bytes(0x2b, 7) : Buffer.concat([bytes(0xe7), uint16(8000), collation]);
  }
}

function encoded(value: Cell): Buffer {
  switch (typeof value) {
    case 'number': {
      const number = Buffer.alloc(4);
      number.writeInt32LE(value);
      return Buffer.concat([bytes(4), number]);
    }
    case 'boolean':
      return bytes(1, value ? 1 : 0);
    case 'string':
      return Buffer.concat([uint16(wide(value).length), wide(value)]);
    default:
      return value === null ? uint16(0xffff) : instant(value);
  }
}

const daysBefore1970 = 719_162;

function instant(date: Date): Buffer {
  const days = Math.floor(date.getTime() / 86_400_000);
  const value = Buffer.alloc(11);
  value.writeUInt8(10);
  value.writeUIntLE((date.getTime() - days * 86_400_000) * 10_000, 1, 5);
  value.writeUIntLE(days + daysBefore1970, 6, 3);
  return value;
}

/** A table without rows has one column of text. */
export function recordset(table: Table): Buffer {
  const [first = { nothing: null }] = table;
  const names = Object.keys(first);
  const columns = names.map((name) =>
    Buffer.concat([uint32(0), uint16(1), typeOf(first[name] ?? null), shortText(name)]),
  );
  const rows = table.map((row) =>
    Buffer.concat([bytes(token.row), ...names.map((name) => encoded(row[name] ?? null))]),
  );
  return Buffer.concat([
    bytes(token.columns),
    uint16(names.length),
    ...columns,
    ...rows,
    done(token.doneInProcedure, flag.more | flag.count, table.length),
  ]);
}
