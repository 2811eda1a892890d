import type { Answers } from '../../configuration/answers.js';
import { Failure } from '../../errors.js';
import type { Terminal } from '../../ports/terminal.js';
import type { Option } from '../command.js';
import { longFlag } from '../long-flag.js';
import { answerOptions, type Facts, type FieldName, fields } from './fields.js';
import type { StageName } from './stage-names.js';

type Question = NonNullable<(typeof questions)[number]['question']>;

const questions = (Object.keys(fields) as FieldName[]).map((name) => {
  const { stage, flag, question } = fields[name] as (typeof fields)[FieldName] & {
    readonly question?: {
      readonly text: string;
      readonly about?: string;
      readonly choices?: readonly string[];
      usual?(answers: Answers, facts: Facts): string | undefined;
      asked?(answers: Answers, facts: Facts): boolean;
    };
  };
  return { name, stage, flag, question };
});

/** Asks for one answer in a way of its own. */
export type Asker = (known: Answers) => Promise<Partial<Answers>>;

export interface Completing {
  readonly terminal: Pick<Terminal, 'interactive' | 'ask' | 'choose' | 'say'>;
  factsOf(answers: Answers): Promise<Facts>;
  readonly own: { readonly [Name in FieldName]?: Asker };
  /** Called after each answer, so that none is asked for twice. */
  keep(answers: Answers): Promise<void>;
}

/** Which flags a stage lacks where nobody can be asked. */
export function missingFlags(stage: StageName, given: Answers, facts: Facts): readonly string[] {
  return questions
    .filter((one) => one.stage === stage && given[one.name] === undefined && isAsked(one.question, given, facts))
    .filter(({ question }) => question?.usual?.(given, facts) === undefined)
    .map(({ flag }) => longFlag(flag));
}

const isAsked = (question: Question | undefined, given: Answers, facts: Facts): boolean =>
  question !== undefined && (question.asked?.(given, facts) ?? true);

/** Asks for what is still open of a stage, and for nothing else. Where nobody can answer, the usual holds. */
export async function complete(
  stage: StageName,
  given: Answers,
  { terminal, factsOf, own, keep }: Completing,
  signal: AbortSignal,
): Promise<Answers> {
  let answers = given;
  for (const { name, flag, question } of questions.filter((one) => one.stage === stage)) {
    if (answers[name] !== undefined || question === undefined) continue;
    const facts = await factsOf(answers);
    if (!isAsked(question, answers, facts)) continue;
    const usual = question.usual?.(answers, facts);
    if (!terminal.interactive) {
      if (usual === undefined) throw missing([longFlag(flag)]);
      answers = { ...answers, ...answerOf(name, usual) };
      continue;
    }
    const asker = own[name];
    const answered = asker === undefined ? await ask(name, question, usual) : await asker(answers);
    answers = { ...answers, ...answered };
    await keep(answers);
  }
  return answers;

  async function ask(name: FieldName, question: Question, usual: string | undefined): Promise<Partial<Answers>> {
    const { text, about, choices } = question;
    if (about !== undefined) terminal.say(about);
    for (;;) {
      if (choices !== undefined) return answerOf(name, await terminal.choose(text, choices, signal));
      const hint = usual === undefined || usual === '' ? '' : ` [${usual}]`;
      const typed = (await terminal.ask(`${text}${hint}`, signal)).trim();
      if (typed === '' && usual === undefined) {
        terminal.say('an answer is needed');
        continue;
      }
      try {
        return answerOf(name, typed === '' ? (usual ?? '') : typed);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        terminal.say(error.message);
        if (error.hint !== undefined) terminal.say(error.hint);
      }
    }
  }
}

/** An answer as it is typed; several nodes have spaces between them. Nothing is no answer. */
function answerOf(name: FieldName, typed: string): Partial<Answers> {
  if (typed === '') return {};
  const option = answerOptions[fields[name].flag] as Option<unknown>;
  if (option.kind !== 'list') return { [name]: option.parse(typed) };
  return { [name]: typed.split(/\s+/).flatMap((word) => option.parse(word)) };
}

export const missing = (flags: readonly string[]): Failure =>
  new Failure('usage', `${flags.join(', ')} must be given where nobody can be asked`, {
    hint: 'Or write the answers to a file: octo-ha init --answers FILE',
  });
