export type ShellName = 'bash' | 'zsh' | 'fish' | 'powershell';

export interface Typed {
  /** The words as octo-ha would get them, the one under the cursor last. */
  readonly words: readonly string[];
  /** What the shell keeps in front of a completion, so that it is not repeated. */
  readonly kept: string;
}

/** The words of a command line as a shell hands them to its completion. */
export function typedWords(shell: ShellName, words: readonly string[]): Typed {
  // Windows PowerShell drops an empty argument, so the last one comes with a dot in front.
  if (shell === 'powershell')
    return { words: words.map((word, i) => (i === words.length - 1 ? word.slice(1) : word)), kept: '' };
  return shell === 'bash' ? joined(words) : { words, kept: '' };
}

/** bash parts words at `=` and `:`, and completes the last part only. Quoting is as it was typed. */
function joined(parts: readonly string[]): Typed {
  const words: string[] = [];
  let glue = false;
  for (const part of parts) {
    const separates = /^[=:]+$/.test(part);
    if ((separates || glue) && words.length > 0) words.push(`${words.pop()}${part}`);
    else words.push(part);
    glue = separates;
  }
  const bare = words.map((word) => word.replace(/\\(.)/g, '$1').replace(/^(["'])(.*)\1$/, '$2'));
  const last = bare.at(-1) ?? '';
  const current = (parts.at(-1) ?? '').replace(/\\(.)/g, '$1');
  // Where the cursor is right behind the separator, the part is the separator itself.
  const kept = /^[=:]+$/.test(current) ? last : last.slice(0, last.length - current.length);
  return { words: bare, kept };
}
