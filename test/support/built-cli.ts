import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const launcher = fileURLToPath(new URL('../../bin/octo-ha.js', import.meta.url));

/** Milliseconds until a command is taken for hung, and is ended. */
const patience = 300_000;

export interface Ended {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command line with a context file and a lab of its own, both gone at the end. */
export interface BuiltCli extends AsyncDisposable {
  /** The environment that every line runs in. */
  readonly env: NodeJS.ProcessEnv;
  run(line: string, within?: readonly string[]): Promise<Ended>;
  /** Starts it without waiting for its end; `within` is a program that becomes it, in surroundings of its own. */
  start(line: string, within?: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> };
}

/** `context` is the text of the context file; `extra` joins its environment. */
export async function builtCli({
  context = '',
  extra = {},
}: {
  readonly context?: string;
  readonly extra?: Readonly<Record<string, string>>;
} = {}): Promise<BuiltCli> {
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-cli-'));
  const config = join(directory, 'config.yaml');
  await writeFile(config, context, { mode: 0o600 });
  const env = {
    ...process.env,
    OCTO_HA_CONFIG: config,
    OCTO_HA_LAB_HOME: join(directory, 'lab'),
    NO_COLOR: '1',
    ...extra,
  };
  let hasLab = false;

  function start(line: string, within: readonly string[] = []) {
    hasLab ||= line.startsWith('lab up');
    const [program = '', ...words] = [...within, process.execPath, launcher, ...line.split(' ').filter(Boolean)];
    const child = spawn(program, words, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      const late = setTimeout(() => {
        child.kill('SIGKILL');
        const said = `${output.stdout}${output.stderr}`.slice(-1_500);
        reject(new Error(`octo-ha ${line} has not ended after ${patience / 1_000} s; it had said:\n${said}`));
      }, patience);
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, ...output }));
      child.on('error', () => clearTimeout(late)).on('close', () => clearTimeout(late));
    });
    return { child, ended };
  }

  const run = (line: string, within?: readonly string[]) => start(line, within).ended;
  return {
    env,
    run,
    start,
    async [Symbol.asyncDispose]() {
      if (hasLab) await run('lab down');
      await rm(directory, { recursive: true, force: true });
    },
  };
}
