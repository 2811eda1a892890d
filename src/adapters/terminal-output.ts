import { Chalk } from 'chalk';
import type { Paint, Terminal } from '../ports/terminal.js';

export interface OutputOptions {
  readonly color: boolean;
  readonly pager: boolean;
  readonly absoluteTimes: boolean;
}

/** Whatever else is on the terminal, and makes room. */
interface Others {
  /** Before each line. */
  hide(): void;
  /** While another program has the terminal. */
  take(): void;
  giveBack(): void;
}

const nobody: Others = { hide: () => {}, take: () => {}, giveBack: () => {} };

/** What is written to the two streams of this process; nothing is asked. */
export function terminalOutput(
  { color, pager, absoluteTimes }: OutputOptions,
  others: Others = nobody,
): Pick<Terminal, 'out' | 'err' | 'result' | 'page' | 'warn'> {
  const { stdin, stdout, stderr, env } = process;
  const paint = (stream: NodeJS.WriteStream): Paint => {
    const chalk = new Chalk({ level: color && wantsColor(stream, env) ? 1 : 0 });
    const { bold, dim, red, green, yellow, cyan } = chalk;
    const columns = stream.isTTY === true ? stream.columns : undefined;
    return { bold, dim, red, green, yellow, cyan, columns, absoluteTimes };
  };
  const write = (stream: NodeJS.WriteStream, text: string) => {
    others.hide();
    stream.write(`${text}\n`);
  };
  const result = (text: string) => write(stdout, text);
  return {
    out: paint(stdout),
    err: paint(stderr),
    result,
    warn: (text) => write(stderr, text),
    async page(text) {
      const fits = text.split('\n').length < (stdout.rows ?? Number.POSITIVE_INFINITY);
      if (!pager || fits || stdout.isTTY !== true || stdin.isTTY !== true || env['TERM'] === 'dumb') {
        return result(text);
      }
      others.take();
      const { inPager } = await import('./pager.js');
      if (!(await inPager(text, env))) result(text);
      others.giveBack();
    },
  };
}

/** https://no-color.org: NO_COLOR wins over FORCE_COLOR, and both over what the stream is. */
function wantsColor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
