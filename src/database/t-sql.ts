/** A name as T-SQL wants it where any name may stand. */
export const quotedName = (name: string): string => `[${name.replaceAll(']', ']]')}]`;

/** A text as a literal of T-SQL. */
export const quotedText = (value: string): string => `N'${value.replaceAll("'", "''")}'`;
