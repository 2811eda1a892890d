/** Programs that open the paths they are given, and the host's own that does the work on a machine of the lab. */
export const ownPrograms = { sh: '/bin/sh', cat: '/bin/cat', tail: '/usr/bin/tail' } as const;

/** Paths that a machine has to itself: `from` on the machine is `to` on the host. */
export interface OwnPath {
  readonly from: string;
  readonly to: string;
}

/**
 * A program of the host that sees a machine's own disk and mounts. Only whole words are paths: a script in which one
 * stands is another matter.
 */
export function ownProgram(program: string, paths: readonly OwnPath[]): string {
  const cases = paths.map(({ from, to }) => {
    const [here, there] = [quoted(from), quoted(to)];
    return `  ${here} | ${here}/*) word=${there}\${word#${here}} ;;\n`;
  });
  return `#!/bin/sh\nfor word do\n  shift\n  case $word in\n${cases.join('')}  esac\n  set -- "$@" "$word"\ndone\nexec ${program} "$@"\n`;
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
