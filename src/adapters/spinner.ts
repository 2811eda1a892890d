import { formatDuration } from '../cluster/duration.js';

/** One line at the end of a terminal that moves while something goes on. */
export interface Spinner {
  /** Takes the line away, so that something else can be written; it comes back by itself. */
  hide(): void;
  /** Takes it away until `goOn`. */
  pause(): void;
  goOn(): void;
  stop(): void;
}

const frames = ['|', '/', '-', '\\'];
const erase = '\r\x1b[K';

export function spin(
  stream: NodeJS.WriteStream,
  what: string,
  { since, paused: atFirst }: { readonly since: number; readonly paused: boolean },
): Spinner {
  let frame = 0;
  let shown = false;
  let paused = atFirst;
  const draw = () => {
    if (paused) return;
    const line = `${frames[frame++ % frames.length]} ${what}, ${formatDuration(Date.now() - since)}`;
    stream.write(erase + line.slice(0, Math.max(0, stream.columns - 1)));
    shown = true;
  };
  const hide = () => {
    if (shown) stream.write(erase);
    shown = false;
  };
  const timer = setInterval(draw, 150);
  timer.unref();
  draw();
  // A process that is ended leaves no half line behind.
  process.once('exit', hide);
  return {
    hide,
    pause() {
      paused = true;
      hide();
    },
    goOn() {
      paused = false;
    },
    stop() {
      clearInterval(timer);
      process.off('exit', hide);
      hide();
    },
  };
}
