import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';

const run = promisify(execFile);

/** A terminal, typed into and looked at as a person does. */
export interface Screen extends AsyncDisposable {
  type(text: string): Promise<void>;
  /** A key by tmux's name for it: `Enter`, `C-c`. */
  press(key: string): Promise<void>;
  /** What stands on it, once it holds this. */
  shows(expected: RegExp): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  /** What the terminal says of itself, in tmux's words. */
  tells(format: string): Promise<string>;
}

/** Opens one with a server of its own, so that no other session is touched. */
export async function screen(env: NodeJS.ProcessEnv, { columns = 80, rows = 24 } = {}): Promise<Screen> {
  const server = `octo-ha-test-${process.pid}-${Date.now()}`;
  const tmux = async (...words: string[]) =>
    (await run('tmux', ['-L', server, '-f', '/dev/null', ...words], { env })).stdout;
  await tmux('new-session', '-d', '-x', `${columns}`, '-y', `${rows}`, 'PS1="> " sh');
  const look = () => tmux('capture-pane', '-p');
  return {
    type: async (text) => void (await tmux('send-keys', '-l', text)),
    press: async (key) => void (await tmux('send-keys', key)),
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
      await tmux('kill-server').catch(() => '');
    },
  };
}
