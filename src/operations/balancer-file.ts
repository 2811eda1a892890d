import { Failure } from '../errors.js';
import type { Programs } from '../ports/programs.js';
import type { TextFiles } from '../ports/text-files.js';

export interface BalancerFile {
  readonly file: string;
  /** The words that test the configuration in its place, without using it. */
  readonly test?: readonly string[] | undefined;
  readonly reload: readonly string[];
}

/**
 * Puts a text in the place of a balancer's configuration and makes the balancer use it. Where the test or the reload
 * fails, the file is again what it was, and the `Failure` says what the program said. The reload happens also when the
 * file is as it should be: whoever wrote it may have been killed before the reload.
 */
export async function loadBalancerFile(
  { files, programs, timeout }: { readonly files: TextFiles; readonly programs: Programs; readonly timeout: number },
  { file, test, reload }: BalancerFile,
  text: string,
  signal: AbortSignal,
): Promise<string> {
  const before = await files.read(file);
  const changed = before !== text;
  if (changed) await files.replace(file, text);
  let reloading = false;
  try {
    if (test !== undefined) await succeeds(programs, test, { what: 'the test of', file, timeout }, signal);
    reloading = true;
    await succeeds(programs, reload, { what: 'the reload of', file, timeout }, signal);
  } catch (error) {
    if (changed && !(reloading && mayHaveHappened(error))) {
      await (before === undefined ? files.remove(file) : files.replace(file, before));
    }
    throw error;
  }
  return changed ? `${file} was written and loaded` : `${file} was as it should be and was loaded`;
}

/** Cut off in the middle, a reload may be in effect: the file, which was tested, stays, and the next run loads it again. */
const mayHaveHappened = (error: unknown): boolean =>
  !(error instanceof Failure && (error.kind === 'failed' || error.kind === 'usage'));

async function succeeds(
  programs: Programs,
  words: readonly string[],
  { what, file, timeout }: { readonly what: string; readonly file: string; readonly timeout: number },
  signal: AbortSignal,
): Promise<void> {
  const { code, output } = await programs.run(words, { timeout }, signal);
  if (code === 0) return;
  const said = output === '' ? '' : `:\n${output}`;
  throw new Failure('failed', `${what} ${file} failed (${words.join(' ')}, ${ending(code)})${said}`, {
    hint: `The file is what it was before. Look at what would change: octo-ha lb render --diff`,
  });
}

const ending = (code: number | null): string => (code === null ? 'ended by a signal' : `exit ${code}`);
