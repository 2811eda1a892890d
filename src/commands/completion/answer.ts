import { exitCodes, Failure } from '../../errors.js';
import { guards } from '../../operations/guards/index.js';
import { namedOperations, nodeNames } from '../../operations/names.js';
import { command } from '../command.js';
import type { Context } from '../context.js';
import { commands } from '../index.js';
import { type Candidate, candidates, type Names } from './candidates.js';
import { answerLines } from './lines.js';
import { completionScripts } from './scripts.js';
import { type ShellName, typedWords } from './typed-words.js';

/** Answers a shell's completion: a candidate a line, its description behind a tab. Whoever asks bounds the time. */
export const candidatesFor = command({
  name: '__candidates',
  summary: 'Answer the completion of a shell',
  args: ['shell', '[word...]'],
  options: {},
  examples: [['octo-ha __candidates bash -- node drain w', 'What the script of a shell asks.']],
  async run({ shell, word: words }, context) {
    if (!Object.hasOwn(completionScripts, shell)) throw new Failure('usage', `${shell} is no shell`);
    const typed = typedWords(shell as ShellName, words.length === 0 ? [''] : words);
    const found = await candidates(commands, typed.words, namesFrom(context));
    const names = found === 'files' ? [] : found.map(({ value }) => value);
    return { json: found, text: answerLines(found, typed).join('\n'), names };
  },
});

/** What cannot be told is not offered: nobody reads messages of a completion. */
function namesFrom(context: Context): Names {
  const live = async (read: () => Promise<readonly Candidate[]>): Promise<readonly Candidate[]> =>
    (await opensQuietly(context)) ? await read() : [];
  return {
    nodes: () => live(async () => (await nodeNames(await context.cluster(), context.signal)).map(nameOnly)),
    operations: (which) =>
      live(async () =>
        (await namedOperations(await context.cluster(), which, context.signal)).map(({ id, what }) => ({
          value: id,
          description: what,
        })),
      ),
    contexts: async () => Object.keys((await context.configuration()).contexts).map(nameOnly),
    guards: async () => guards.map(({ id }) => nameOnly(id)),
    // It loads every check, which no other completion needs.
    explained: async () =>
      (await import('../explain.js')).explainedIds.map((id) => ({ value: id, description: meaningOf(id) })),
  };
}

/** A password that is typed, or that a program or a keyring may ask a person for, is not fetched for a completion. */
async function opensQuietly({ configuration, globals }: Context): Promise<boolean> {
  const { contexts, current } = await configuration();
  const name = globals.context ?? current ?? '';
  const database = Object.hasOwn(contexts, name) ? contexts[name]?.database : undefined;
  if (database?.engine !== 'sql-server' || database.password === undefined) return database !== undefined;
  return 'env' in database.password || 'file' in database.password;
}

const nameOnly = (value: string): Candidate => ({ value, description: '' });

const meaningOf = (id: string): string =>
  Object.values(exitCodes).find(({ code }) => String(code) === id)?.meaning ?? '';
