import { formatDuration } from '../cluster/duration.js';
import { exitCodes, Failure } from '../errors.js';
import { readWatched, type Watched } from '../operations/watch-status.js';
import type { FullScreen } from '../ports/terminal.js';
import { changesLine } from '../render/changes.js';
import { statusJson } from '../render/json.js';
import { moment } from '../render/times.js';
import { visible } from '../render/visible.js';
import { watchLines } from '../render/watch-text.js';
import type { Context } from './context.js';

/** Milliseconds between two looks. */
const shortest = 250;

/**
 * Shows the status again and again until it is ended: at a terminal on the whole of it, elsewhere a line where something
 * has changed, or a document a look. An outage of the database is told and waited out, but not at the first look.
 */
export async function watchStatus(context: Context, every: number): Promise<never> {
  const { globals, terminal, signal, clock } = context;
  if (globals.output === 'name') throw new Failure('usage', 'what is watched has no -o name');
  if (every < shortest)
    throw new Failure('usage', `--every: less than ${formatDuration(shortest)} is no rest for the database`);
  const cluster = await context.cluster();
  let watched = await readWatched(cluster, signal);
  using screen = globals.output === 'text' ? await terminal.fullScreen() : undefined;
  const teller = screen ? onScreen(screen, context) : inLines(context);
  try {
    for (let since: Date | undefined; ; ) {
      if (since === undefined) await teller.show(watched);
      await clock.sleep(every, signal);
      try {
        watched = await readWatched(cluster, signal);
        since = undefined;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Failure)) throw error;
        since ??= new Date(clock.now());
        teller.trouble(error, since);
      }
    }
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'interrupted') throw error;
    throw new Failure('interrupted', 'the watching has ended; the cluster goes on as it was');
  }
}

interface Teller {
  show(watched: Watched): Promise<void>;
  trouble(failure: Failure, since: Date): void;
}

function onScreen(screen: FullScreen, { terminal }: Context): Teller {
  let shown: Watched | undefined;
  let trouble: string | undefined;
  const draw = () => {
    if (shown === undefined) return;
    screen.draw(watchLines(shown, { columns: screen.columns, rows: screen.rows, trouble }, terminal.out));
  };
  screen.onResize(draw);
  return {
    async show(watched) {
      shown = watched;
      trouble = undefined;
      draw();
    },
    trouble(failure, since) {
      trouble = `no answer since ${moment(since)}: ${visible(failure.message)}`;
      draw();
    },
  };
}

function inLines({ terminal, globals }: Context): Teller {
  let last: Watched | undefined;
  let told: string | undefined;
  return {
    async show(watched) {
      told = undefined;
      const line = changesLine(last?.look, watched.look);
      last = watched;
      if (globals.output === 'yaml') {
        terminal.result(`---\n${(await import('../render/yaml.js')).yamlText(statusJson(watched.look))}`);
      } else if (globals.output !== 'text') {
        terminal.result(JSON.stringify(statusJson(watched.look)));
      } else if (line !== undefined) terminal.result(line);
    },
    trouble({ kind, message }, since) {
      if (told === message) return;
      told = message;
      if (globals.output === 'text') return terminal.result(`${moment(since)}  no answer: ${visible(message)}`);
      terminal.result(JSON.stringify({ error: { code: exitCodes[kind].code, kind, message, hint: null } }));
    },
  };
}
