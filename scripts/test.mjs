/**
 * Builds octo-ha and runs the tests, all of them or the files given; other arguments go to `node --test`.
 * The last line is `N passed, N failed, N skipped`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileTests } from './test/compile.mjs';
import { endLeftBehind } from './test/left-behind.mjs';
import { ensureServers, path } from './test/servers.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const print = (line) => process.stdout.write(`${line}\n`);

/** Where the files are that take longest: begun last, one of them would be waited for alone. */
const longest = ['acceptance', 'documentation', 'operations', 'lab', 'start-up', 'release', 'load-balancer'];

async function testFiles() {
  const entries = await readdir(join(root, 'test'), { recursive: true });
  const names = entries.filter((name) => name.endsWith('.test.ts')).toSorted();
  const rank = (name) => [...longest, ''].findIndex((part) => name.startsWith(part));
  return names.toSorted((a, b) => rank(a) - rank(b)).map((name) => join('test', name));
}

/**
 * A directory in memory, where databases are synchronised at no cost; `undefined` where there is none, or where it runs
 * no programs, as in some containers.
 */
async function inMemory() {
  const directory = await mkdtemp('/dev/shm/octo-ha-test-').catch(() => undefined);
  if (directory === undefined) return undefined;
  // As the system's own: some tests act as another user.
  await chmod(directory, 0o1777);
  const program = join(directory, 'program');
  await writeFile(program, '#!/bin/sh\n', { mode: 0o755 });
  if (spawnSync(program).status === 0) return directory;
  await rm(directory, { recursive: true });
  return undefined;
}

/** The environment of the tests: nothing of the person's own settings reaches octo-ha. */
function environment(mark, home, temporary) {
  const own = Object.entries(process.env).filter(([name]) => !/^OCTO_HA_(?!TEST_)|^(NO|FORCE)_COLOR$/.test(name));
  const directories = ['CONFIG', 'DATA', 'STATE', 'CACHE'].map((name) => [
    `XDG_${name}_HOME`,
    join(home, name.toLowerCase()),
  ]);
  return {
    ...Object.fromEntries([...own, ...directories]),
    ...(temporary === undefined ? {} : { TMPDIR: temporary }),
    PATH: path,
    OCTO_HA_TEST_RUN: mark,
  };
}

async function run(files, options, directory) {
  await compileTests(files, { root, outdir: directory });
  const compiled = files.map((file) => join(directory, relative(root, resolve(root, file)).replace(/ts$/, 'js')));
  const counts = join(directory, 'counts.json');
  const mark = randomUUID();
  const home = join(directory, 'home');
  await mkdir(home);
  const temporary = await inMemory();

  // A group of its own, so that what is left of it afterwards can be told from everything else.
  const runner = spawn(
    process.execPath,
    [
      '--enable-source-maps',
      '--test',
      // For a test, and for a whole file. A server that is not ours may take minutes to make the tables of one.
      `--test-timeout=${process.env.OCTO_HA_TEST_MSSQL ? 1_200_000 : 480_000}`,
      `--test-concurrency=${availableParallelism() + 1}`,
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      `--test-reporter=${join(root, 'scripts/test/reporter.mjs')}`,
      `--test-reporter-destination=${counts}`,
      ...options,
      ...compiled,
    ],
    { cwd: root, detached: true, env: environment(mark, home, temporary), stdio: ['ignore', 'inherit', 'inherit'] },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => runner.kill(signal));
  const exitCode = await new Promise((done) => runner.once('close', done));
  const left = await endLeftBehind({ group: runner.pid, mark });
  if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  const counted = await readFile(counts, 'utf8').catch(() => '');
  return { exitCode, left, ...(counted === '' ? {} : JSON.parse(counted)) };
}

/** Failures last: whoever sees only the end of the output sees them. */
function summary({ left, skipped, failures }) {
  const reasons = new Map();
  for (const { title, reason } of skipped) reasons.set(reason, [...(reasons.get(reason) ?? []), title]);
  return [
    ...left.map((command) => `left running by a test, and ended: ${command}`),
    ...[...reasons].flatMap(([reason, titles]) => [`skipped: ${reason}`, ...titles.map((title) => `  - ${title}`)]),
    ...failures.map(({ title, why }) => `failed: ${title}\n  ${why.replaceAll('\n', '\n  ')}`),
  ];
}

const args = process.argv.slice(2);
const options = args.filter((arg) => arg.startsWith('-'));
const named = args.filter((arg) => !arg.startsWith('-'));
const result = { passed: 0, failures: [], skipped: [], left: [], exitCode: 1 };
const directory = await mkdtemp(join(root, 'test.build-'));
try {
  const built = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: ['ignore', 2, 2] });
  if (built.status === 0) {
    ensureServers();
    Object.assign(result, await run(named.length > 0 ? named : await testFiles(), options, directory));
  } else {
    print('the build failed');
  }
} catch (error) {
  print(error.stack);
} finally {
  await rm(directory, { recursive: true, force: true });
}
// Whatever ended the runner, without a test that says so, is a failure all the same; so are no tests at all.
if (result.failures.length === 0 && (result.exitCode !== 0 || result.passed === 0)) {
  result.failures.push({
    title: 'the run',
    why: `${result.passed} tests passed, and it ended with ${result.exitCode}`,
  });
}
for (const line of summary(result)) print(line);
print(`${result.passed} passed, ${result.failures.length} failed, ${result.skipped.length} skipped`);
process.exitCode = result.failures.length === 0 ? 0 : 1;
