import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { watch } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';

const run = promisify(execFile);

/** Milliseconds until what does not come is given up. */
const patience = 60_000;

/** A terminal, typed into and looked at as a person does. */
export interface Screen extends AsyncDisposable {
  type(text: string): Promise<void>;
  /** A key by tmux's name for it: `Enter`, `C-c`. */
  press(key: string): Promise<void>;
  /** What stands on it, and what has left it at its upper end; a line that was folded is one. */
  everything(): Promise<string>;
  /** Everything, once that is so; it is looked at whenever something is written. */
  until(isSo: (everything: string) => boolean): Promise<string>;
  /** Every byte that was written to it. */
  written(): Promise<string>;
  /** What stands on it, once it holds this. */
  shows(expected: RegExp): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  /** What the terminal says of itself, in tmux's words. */
  tells(format: string): Promise<string>;
}

/** Opens one with a server of its own, so that no other session is touched. */
export async function screen(env: NodeJS.ProcessEnv, { columns = 80, rows = 24 } = {}): Promise<Screen> {
  const server = `octo-ha-test-${randomUUID()}`;
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-screen-'));
  const bytes = join(directory, 'written');
  const tmux = async (...words: string[]) =>
    (await run('tmux', ['-L', server, '-f', '/dev/null', ...words], { env, maxBuffer: 64 * 1024 * 1024 })).stdout;
  const history = ['start-server', ';', 'set-option', '-g', 'history-limit', '100000', ';'];
  await tmux(...history, 'new-session', '-d', '-x', `${columns}`, '-y', `${rows}`, 'PS1="> " sh');
  await writeFile(bytes, '');
  const writes = new EventEmitter();
  const watcher = watch(bytes, () => writes.emit('write'));
  await tmux('pipe-pane', '-o', `cat >> '${bytes}'`);
  const everything = () => tmux('capture-pane', '-p', '-J', '-S', '-');
  const look = () => tmux('capture-pane', '-p');
  return {
    type: async (text) => void (await tmux('send-keys', '-l', text)),
    press: async (key) => void (await tmux('send-keys', key)),
    everything,
    async until(isSo) {
      const late = AbortSignal.timeout(patience);
      for (;;) {
        // Before the look, so that what is written meanwhile is not missed.
        const next = once(writes, 'write', { signal: late }).then(
          () => true,
          () => false,
        );
        const seen = await everything();
        if (isSo(seen)) return seen;
        assert.ok(await next, `waited in vain; there stands\n${seen}`);
      }
    },
    written: () => readFile(bytes, 'utf8'),
    async shows(expected) {
      let seen = '';
      await eventually(async () => {
        seen = await look();
        assert.match(seen, expected);
      });
      return seen;
    },
    resize: async (x, y) => void (await tmux('resize-window', '-x', `${x}`, '-y', `${y}`)),
    tells: async (format) => (await tmux('display-message', '-p', format)).trim(),
    async [Symbol.asyncDispose]() {
      watcher.close();
      await tmux('kill-server').catch(() => '');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
