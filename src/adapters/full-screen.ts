import type { FullScreen } from '../ports/terminal.js';

const codes = (sequences: string): string =>
  sequences
    .split(' ')
    .map((one) => `\x1b[${one}`)
    .join('');

/** The alternate screen, without a cursor, and with lines that are too long cut off instead of wrapped. */
const enter = codes('?1049h ?25l ?7l 2J');
const leave = codes('?7h ?25h ?1049l');
/** A terminal that knows it shows all in between at once; others pass over it. */
const begin = codes('?2026h');
const end = codes('?2026l');

/** Takes a terminal for itself. One write a frame, and of it only the lines that have changed. */
export function fullScreen(stream: NodeJS.WriteStream): FullScreen {
  let shown: readonly string[] = [];
  let last: readonly string[] = [];
  let active = true;
  const listeners: (() => void)[] = [];

  const restore = () => {
    if (active) stream.write(leave);
    active = false;
  };
  const takeOver = () => {
    active = true;
    shown = [];
    stream.write(enter);
  };
  const draw = (lines: readonly string[]) => {
    last = lines;
    if (!active) return;
    const changed = lines.flatMap((line, i) => (line === shown[i] ? [] : [`\x1b[${i + 1};1H${line}\x1b[0m\x1b[K`]));
    const rest = lines.length < shown.length ? [`\x1b[${lines.length + 1};1H\x1b[J`] : [];
    shown = lines;
    if (changed.length + rest.length > 0) stream.write([begin, ...changed, ...rest, end].join(''));
  };
  const resized = () => {
    // What a terminal makes of old lines when its size changes differs, so all is drawn anew.
    shown = [];
    if (active) stream.write(codes('2J'));
    for (const listener of listeners) listener();
  };
  const suspend = () => {
    restore();
    process.kill(process.pid, 'SIGSTOP');
  };
  const goOn = () => {
    takeOver();
    draw(last);
  };
  stream.on('resize', resized);
  process.once('exit', restore);
  process.on('SIGTSTP', suspend);
  process.on('SIGCONT', goOn);
  takeOver();

  return {
    get columns() {
      return stream.columns;
    },
    get rows() {
      return stream.rows;
    },
    draw,
    onResize: (listener) => void listeners.push(listener),
    [Symbol.dispose]() {
      stream.off('resize', resized);
      process.off('exit', restore);
      process.off('SIGTSTP', suspend);
      process.off('SIGCONT', goOn);
      restore();
    },
  };
}
