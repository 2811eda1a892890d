import { type Answers, answersText, parseAnswers } from '../../configuration/answers.js';
import { Failure } from '../../errors.js';
import type { Context } from '../context.js';

/** Where the answers of a cluster are kept between runs: beside the context file. They hold no secret. */
export const draftFile = ({ configurationFile: { path } }: Pick<Context, 'configurationFile'>, name: string): string =>
  `${path.replace(/[^/\\]*$/, '')}init-${encodeURIComponent(name)}.yaml`;

export async function readAnswers(path: string, context: Context, { needed }: { needed: boolean }): Promise<Answers> {
  const text = await (await context.ownFiles()).read(path);
  if (text === undefined && needed) throw new Failure('usage', `there is no file ${path}`);
  return text === undefined ? {} : parseAnswers(text, path);
}

export async function keepAnswers(path: string, answers: Answers, context: Context): Promise<void> {
  if (!context.globals.dryRun) await (await context.ownFiles()).write(path, answersText(answers));
}
