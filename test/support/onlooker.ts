import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What a process has shown to whoever may list processes. */
export interface Shown {
  /** As the kernel has them, with a NUL after each. */
  readonly argv: string;
  readonly environment: string;
}

/** Sees what processes of this machine show, from outside of them. */
export interface Onlooker extends AsyncDisposable {
  /** A search path on which programs are first what tells of their arguments and environment, and then the real ones. */
  readonly path: string;
  /** All that was seen of processes that have one of these texts among their arguments or in their environment. */
  seen(texts: readonly string[]): Promise<readonly Shown[]>;
  /** How many different processes were looked at. */
  readonly looks: number;
}

const enoughLooks = 40;

/** Every start of a program is told of, however short it lives; the kernel's list is read as fast as it can be. */
export async function onlooker(programs: readonly string[]): Promise<Onlooker> {
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-onlooker-'));
  await mkdir(join(directory, 'bin'));
  await mkdir(join(directory, 'calls'));
  const former = process.env['PATH'] ?? '';
  for (const program of programs) {
    const file = join(directory, 'bin', program);
    // What it tells has its own arguments and environment, as the kernel keeps them.
    const lines = [
      '#!/bin/sh',
      `call=$(mktemp -d "${directory}/calls/XXXXXX")`,
      'cat /proc/$$/cmdline >"$call/argv"',
      'cat /proc/$$/environ >"$call/environment"',
      `PATH='${former.replaceAll("'", "'\\''")}' exec ${program} "$@"`,
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    await chmod(file, 0o755);
  }

  const looked = new Map<string, Shown>();
  /** How often each process was looked at; what it becomes, it becomes at once. */
  let looks = new Map<string, number>();
  const over = new AbortController();
  const watching = watch();

  async function watch(): Promise<void> {
    while (!over.signal.aborted) {
      const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
      looks = new Map(pids.map((pid) => [pid, (looks.get(pid) ?? 0) + 1]));
      await Promise.all(pids.map((pid) => ((looks.get(pid) ?? 0) > enoughLooks ? undefined : look(pid))));
      await delay(5);
    }
  }

  async function look(pid: string): Promise<void> {
    const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '');
    const argv = await read('cmdline');
    // A process is another one once it has become another program.
    const key = `${pid} ${argv}`;
    if (argv === '' || looked.has(key)) return;
    looked.set(key, { argv, environment: await read('environ') });
  }

  return {
    path: `${join(directory, 'bin')}${delimiter}${former}`,
    get looks() {
      return looked.size;
    },
    async seen(texts) {
      const forms = texts.map((text) => Buffer.from(text).toString('latin1'));
      const calls = await readdir(join(directory, 'calls'));
      const told = calls.map(async (call): Promise<Shown> => {
        const read = (name: string) => readFile(join(directory, 'calls', call, name), 'latin1').catch(() => '');
        return { argv: await read('argv'), environment: await read('environment') };
      });
      const all = [...looked.values(), ...(await Promise.all(told))];
      return all.filter(({ argv, environment }) =>
        forms.some((form) => argv.includes(form) || environment.includes(form)),
      );
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await watching;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
