import { parseDuration } from './cluster/duration.js';
import type { Described } from './commands/command.js';
import { candidates, type Names } from './commands/completion/candidates.js';
import { answerLines } from './commands/completion/lines.js';
import { type ShellName, typedWords } from './commands/completion/typed-words.js';

/** From the press of TAB; what is not known by then is not offered. */
const usualLimit = 300;

/** In milliseconds; a slow machine may be given more by OCTO_HA_COMPLETION_LIMIT. */
const limit = parseDuration(process.env['OCTO_HA_COMPLETION_LIMIT'] ?? '') ?? usualLimit;

/**
 * Answers a shell's completion. `argv` is what stands behind `__complete`: the shell, `--`, the words. `table` is what the
 * commands say of themselves, kept when octo-ha was built: to load them all would take longer than to start Node.
 */
export async function complete(
  launcher: string,
  argv: readonly string[],
  table: readonly Described[],
): Promise<string> {
  return (await fromTable(table, argv)) ?? (await fromElsewhere(launcher, argv));
}

const looksElsewhere = Symbol();

/** What the commands tell of themselves; `undefined` where names are wanted that stand in a file or in a database. */
async function fromTable(
  table: readonly Described[],
  [shell = '', , ...words]: readonly string[],
): Promise<string | undefined> {
  const elsewhere = async (): Promise<never> => {
    throw looksElsewhere;
  };
  const names: Names = {
    nodes: elsewhere,
    operations: elsewhere,
    contexts: elsewhere,
    guards: elsewhere,
    explained: elsewhere,
  };
  const typable = table.filter(({ name }) => !name.startsWith('__'));
  const registry = Object.fromEntries(typable.map((command) => [command.name, async () => command]));
  const typed = typedWords(shell as ShellName, words.length === 0 ? [''] : words);
  try {
    const found = await candidates(registry, typed.words, names);
    return answerLines(found, typed)
      .map((line) => `${line}\n`)
      .join('');
  } catch (error) {
    if (error === looksElsewhere) return undefined;
    throw error;
  }
}

/**
 * In time, whatever a database, a name service or a driver does meanwhile: the work is done by another process, which is
 * killed when the time is over.
 */
async function fromElsewhere(launcher: string, argv: readonly string[]): Promise<string> {
  const { spawn } = await import('node:child_process');
  const chosen = chosenContext(argv);
  const child = spawn(process.execPath, [launcher, ...chosen, '--no-input', '--no-color', '__candidates', ...argv], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, OCTO_HA_OUTPUT: 'text' },
  });
  let answer = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), Math.max(0, limit - performance.now()));
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  await ended;
  clearTimeout(timer);
  // Of an answer that was cut off, only its whole lines.
  return answer.slice(0, answer.lastIndexOf('\n') + 1);
}

/** The context that the command line under the cursor names counts for its completion too. */
function chosenContext(argv: readonly string[]): readonly string[] {
  const flags = new Map([
    ['-c', '--context'],
    ['--context', '--context'],
    ['--config', '--config'],
  ]);
  const words = argv.slice(argv.indexOf('--') + 1, -1);
  return words.flatMap((word, i) => {
    const [name = '', ...rest] = word.split('=');
    const flag = flags.get(name);
    if (flag === undefined) return [];
    const value = rest.length > 0 ? rest.join('=') : words[i + 1] === '=' ? words[i + 2] : words[i + 1];
    return value === undefined || value === '' ? [] : [`${flag}=${value}`];
  });
}
