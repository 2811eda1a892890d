/** How the name of a report's file may end, and so what is written into it. */
export const reportEndings = ['.junit.xml', '.sarif', '.html', '.json', '.md'] as const;
export type ReportEnding = (typeof reportEndings)[number];

/** `undefined` where it is none of them. */
export const endingOf = (path: string): ReportEnding | undefined =>
  reportEndings.find((ending) => path.toLowerCase().endsWith(ending));
