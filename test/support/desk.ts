import { partPassword } from '../../src/adapters/sql-server/part-password.js';
import { run } from '../../src/cli.js';
import type { Context } from '../../src/commands/context.js';
import { commands } from '../../src/commands/index.js';
import { parseConfiguration } from '../../src/configuration/parse.js';
import { Failure } from '../../src/errors.js';
import type { KeptPlace, SecretStore } from '../../src/ports/secrets.js';
import type { Environment } from '../../src/tell-failure.js';
import { RecordingTerminal } from './recording-terminal.js';

/** An administrator's machine without a cluster: a context file and places for secrets, both in memory. */
export class Desk implements SecretStore {
  /** The text of the context file. */
  file: string;
  /** By place, as JSON. */
  readonly kept = new Map<string, string>();
  /** Why this machine has no keyring. */
  keyringTrouble: Failure | undefined;

  constructor(file = '') {
    this.file = file;
  }

  async keep(place: KeptPlace, secret: string): Promise<void> {
    if ('keyring' in place && this.keyringTrouble) throw this.keyringTrouble;
    this.kept.set(JSON.stringify(place), secret);
  }

  async forget(place: KeptPlace): Promise<boolean> {
    return this.kept.delete(JSON.stringify(place));
  }

  /** Runs a command; its words are given one by one, because connection strings hold spaces. */
  async run(
    words: readonly string[],
    { answers, environment = {} }: { readonly answers?: readonly string[]; readonly environment?: Environment } = {},
  ) {
    const terminal = new RecordingTerminal(answers);
    const signal = new AbortController().signal;
    const code = await run(commands, words, {
      signal,
      terminal,
      environment,
      clock: undefined as never,
      contextFor: (globals) =>
        ({
          globals,
          terminal,
          signal,
          configurationFile: {
            path: '/home/anna/config.yaml',
            read: async () => this.file,
            write: async (text) => {
              this.file = text;
            },
            toBeMade: () => {},
            absolute: (path) => (path.startsWith('/') ? path : `/here/${path}`),
          },
          configuration: async () => parseConfiguration(this.file, '/home/anna/config.yaml'),
          ownFiles: async () => ({
            absolute: (path) => path,
            read: async (path) => (path === '/home/anna/config.yaml' ? this.file : undefined),
            write: async () => {},
          }),
          partConnection: async (text) => partPassword(text),
          secretStore: async () => this,
          cluster: async () => {
            throw new Failure('usage', 'this desk has no cluster');
          },
          [Symbol.asyncDispose]: async () => {},
        }) as Partial<Context> as Context & AsyncDisposable,
    });
    return { code, stdout: terminal.stdout.join('\n'), stderr: terminal.stderr.join('\n'), asked: terminal.asked };
  }
}
