/** The words of the first command in a line of an example: quotes are taken off, and what follows is left out. */
export function shellWords(line: string): readonly string[] {
  const inner = /<\((.*)\)/.exec(line)?.[1] ?? line;
  const [command = ''] = inner.split(/ [|>] /);
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}
