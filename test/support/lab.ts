import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { takeDown } from '../../src/lab/down.js';
import type { LabHost } from '../../src/lab/host.js';
import { labHost } from '../../src/main/lab-host.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface LabPrograms extends AsyncDisposable {
  readonly programs: LabHost['programs'];
}

const names = ['node', 'balancer', 'machines', 'machine-command'] as const satisfies (keyof LabHost['programs'])[];

/** The lab's programs, bundled from the source as it stands. Inside the repository, where they find their driver. */
export async function buildLabPrograms(): Promise<LabPrograms> {
  const directory = await mkdtemp(join(root, 'lab.build-'));
  await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => `src/lab/entry/${name}.ts`),
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    external: ['libsql', 'cpu-features'],
    loader: { '.node': 'empty' },
    minifySyntax: true,
    minifyWhitespace: true,
    // CommonJS packages inside an ES module still ask for these.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url), __dirname = import.meta.dirname;",
    },
    format: 'esm',
    splitting: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  const program = (name: string) => ({
    file: process.execPath,
    args: ['--max-semi-space-size=1', join(directory, `${name}.mjs`)],
  });
  return {
    programs: {
      node: program('node'),
      balancer: program('balancer'),
      machines: program('machines'),
      'machine-command': program('machine-command'),
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A place for one lab, without processes and files when the test leaves its scope. */
export async function labPlace(
  programs: LabHost['programs'],
): Promise<{ readonly host: LabHost; readonly home: string } & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-lab-'));
  const home = join(directory, 'lab');
  const host = labHost(home, programs);
  return {
    host,
    home,
    async [Symbol.asyncDispose]() {
      await takeDown(host, new AbortController().signal);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
