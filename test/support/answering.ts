import assert from 'node:assert/strict';
import { launcher } from './built-cli.js';
import type { Screen } from './screen.js';

export interface Answer {
  /** What a person types before Enter: text, or keys by tmux's names in angle brackets. */
  readonly typed: readonly string[] | ((interrupted: ReadonlySet<string>) => readonly string[]);
  /** Kept between runs: once answered, it is never asked again. */
  readonly kept?: true;
  readonly secret?: true;
  /** Where several questions may look the same: how this one begins. */
  readonly begins?: string;
}

/** By the question as it stands in the source, where `{…}` stands for anything. */
export type Answers = Readonly<Record<string, Answer>>;

export interface Interrupting {
  /** Questions at which Ctrl-C is pressed when they are asked for the first time. */
  readonly at: readonly string[];
  /** Ends there, once all of them have been left. */
  readonly andLeave?: boolean;
}

/**
 * Runs a command at the terminal and answers what it asks; after a Ctrl-C it runs it again. Answers with the exit code
 * of the last run, and with what that has shown. Fails at a question that has no answer here, and at an answer to none.
 */
export async function answering(
  terminal: Screen,
  line: string,
  answers: Answers,
  { at, andLeave = false }: Interrupting,
): Promise<{ readonly code: number; readonly shown: string }> {
  const interrupted = new Set<string>();
  const answered = new Set<string>();
  for (;;) {
    const look = await begin(terminal, line);
    const ended = await untilAsked(look);
    if (ended === undefined && !(andLeave && interrupted.size === at.length)) continue;
    const left = Object.keys(answers).filter(
      (name) => !interrupted.has(name) && (at.includes(name) || !answered.has(name)),
    );
    assert.deepEqual(left, [], `never asked\n${ended?.shown}`);
    return ended ?? { code: interruptedCode, shown: '' };
  }

  /** `undefined` where it was interrupted. */
  async function untilAsked(look: Look): Promise<{ code: number; shown: string } | undefined> {
    for (let before = 0; ; ) {
      const shown = await look((text) => hasEnded(text) || questionsIn(text).length > before);
      if (hasEnded(shown)) return { code: exitCodeIn(shown), shown };
      const questions = questionsIn(shown);
      before = questions.length;
      const [name, answer] = answerTo(questions.at(-1) ?? '', shown);
      const { typed } = answer;
      const keys = typeof typed === 'function' ? typed(interrupted) : typed;
      if (at.includes(name) && !interrupted.has(name)) {
        interrupted.add(name);
        // Half answered: what was typed is neither told nor taken for an answer.
        if (answer.secret === true) for (const key of keys) await terminal.type(key);
        await terminal.press('C-c');
        await leftInOrder(look, name);
        return undefined;
      }
      assert.ok(!(answer.kept === true && answered.has(name)), `asked once more: ${name}\n${shown}`);
      answered.add(name);
      for (const key of keys) await (/^<.*>$/.test(key) ? terminal.press(key.slice(1, -1)) : terminal.type(key));
      await terminal.press('Enter');
    }
  }

  function answerTo(question: string, shown: string): readonly [string, Answer] {
    const found = Object.entries(answers).find(
      ([name, { begins = '' }]) => question.startsWith(begins) && pattern(name).test(question),
    );
    assert.ok(found, `there is no answer to: ${question}\n${shown}`);
    return found;
  }

  async function leftInOrder(look: Look, name: string): Promise<void> {
    const shown = await look(hasEnded);
    const told = `left at: ${name}\n${shown}`;
    assert.equal(exitCodeIn(shown), interruptedCode, told);
    assert.match(shown, /^error: .*interrupted/m, told);
    assert.match(shown, /^(Go on with|Begin again with): octo-ha init|^To go on, run the same octo-ha node add/m, told);
    assert.equal(await terminal.tells('#{cursor_flag}'), '1', `the cursor is hidden; ${told}`);
  }
}

const interruptedCode = 130;

/** What the run has shown, once that is as it is waited for. */
type Look = (isSo: (text: string) => boolean) => Promise<string>;

let runs = 0;

/** Types the line, between two looks at how the terminal takes what is typed: that is the same after it as before. */
async function begin(terminal: Screen, line: string): Promise<Look> {
  const mark = `run-${++runs}`;
  await terminal.type(`echo ${mark} $(stty -g); ${process.execPath} ${launcher} ${line}; echo exit $? $(stty -g)`);
  await terminal.press('Enter');
  const start = new RegExp(`^${mark} (\\S+)$`, 'm');
  return async (isSo) => {
    const seen = await terminal.until((everything) => isSo(everything.split(start)[2] ?? ''));
    const [, modes = '', shown = ''] = seen.split(start);
    if (hasEnded(shown)) assert.equal(/^exit \d+ (\S+)$/m.exec(shown)?.[1], modes, 'the terminal is as it was before');
    return shown;
  };
}

const hasEnded = (text: string): boolean => /^exit \d+ \S+$/m.test(text);
const exitCodeIn = (text: string): number => Number(/^exit (\d+) \S+$/m.exec(text)?.[1]);

/** Those that were answered (✔), and the one that waits (?). */
const questionsIn = (text: string): readonly string[] =>
  [...text.matchAll(/^[?✔] (.*)$/gm)].map(([, question = '']) => question);

const pattern = (name: string): RegExp =>
  new RegExp(
    `^${name
      .split(/\{[^}]*\}/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}`,
  );
