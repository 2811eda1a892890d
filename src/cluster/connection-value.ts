/** A value of a connection string, in quotation marks where it needs them by SqlClient's own rules. */
export const connectionValue = (value: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SqlClient takes these inside quotation marks only.
  /[;"'\u0000-\u001f\u007f-\u009f]|^[\s=]|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
