/** A connection string with its password at the end, by the rules of SqlClient. */
export const withPassword = (connection: string, password: string): string =>
  `${connection.replace(/;?\s*$/, '')};Password=${connectionValue(password)}`;

/** A value in quotation marks where it needs them. */
export const connectionValue = (value: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SqlClient takes these inside quotation marks only.
  /[;"'\u0000-\u001f\u007f-\u009f]|^[\s=]|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
