/**
 * What a bootstrap answered on the last line that begins with `mark`; `undefined` where there is none, or another than
 * `schema` takes. What a login prints by itself stands around it.
 */
export function answerIn<T>(schema: { parse(value: unknown): T }, stdout: string, mark: string): T | undefined {
  const line = stdout.split(/\r?\n/).findLast((candidate) => candidate.startsWith(mark));
  if (line === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(line.slice(mark.length)));
  } catch {
    return undefined;
  }
}
