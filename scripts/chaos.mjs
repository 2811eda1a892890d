/**
 * `npm run chaos [-- SEED]`: hundreds of operations that are killed at random moments and gone on with, over simulated
 * time in one process and over real processes of labs; two processes at once; a database out of reach; a rolling
 * restart under load. Writes what came of it into docs/chaos.md, and exits 1 where anything failed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileTests } from './test/compile.mjs';
import { endLeftBehind } from './test/left-behind.mjs';
import { ensureServers, path } from './test/servers.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs/chaos.md');
const [begin, end] = ['<!-- chaos: begin -->', '<!-- chaos: end -->'];

/** How many operations are killed in one process and over real ones, how many races, and milliseconds of an outage. */
const counts = { inProcess: 470, real: 30, contests: 100, cutFor: 30_000 };

async function run(seed, directory) {
  const entry = 'test/chaos/main.ts';
  await compileTests([entry], { root, outdir: directory });
  const result = join(directory, 'result.json');
  const words = [seed, result, counts.inProcess, counts.real, counts.contests, counts.cutFor].map(String);
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('OCTO_HA_'));
  const mark = randomUUID();
  const temporary = await mkdtemp(join(tmpdir(), 'octo-ha-chaos-'));
  // A group of its own, so that what it leaves when it is ended early can be told from everything else.
  const child = spawn(process.execPath, [join(directory, entry.replace(/ts$/, 'js')), ...words], {
    cwd: root,
    detached: true,
    env: { ...Object.fromEntries(own), PATH: path, TMPDIR: temporary, OCTO_HA_TEST_RUN: mark },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const ended = await new Promise((done) => child.once('close', (code, signal) => done(code ?? signal)));
  await endLeftBehind({ group: child.pid, mark });
  await rm(temporary, { recursive: true, force: true });
  if (ended !== 0) throw new Error(`the runs were ended: ${ended}`);
  return JSON.parse(await readFile(result, 'utf8'));
}

function told({ seed, took, parts }) {
  const rows = parts.map(
    ({ name, runs, failed, notes }) => `| ${name} | ${runs} | ${failed.length} | ${notes.join('; ')} |`,
  );
  const failures = parts.flatMap(({ failed }) => failed).map((failure) => `- ${failure.split('\n')[0]}`);
  return [
    begin,
    '',
    `Seed ${seed}, ${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${process.platform}, ${(took / 60_000).toFixed(0)} minutes.`,
    '',
    '| what | runs | failed | |',
    '| --- | ---: | ---: | --- |',
    ...rows,
    ...(failures.length > 0 ? ['', 'Failed:', '', ...failures] : []),
    '',
    end,
  ].join('\n');
}

const seed = Number(process.argv[2] ?? Math.floor(Math.random() * 1_000_000_000));
if (!Number.isInteger(seed) || seed < 0) throw new Error(`${process.argv[2]} is no seed`);
process.stdout.write(`seed ${seed}\n`);
ensureServers('haproxy');
if (spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' }).status !== 0) process.exit(1);
// Inside the repository, where what is compiled finds its packages.
const directory = await mkdtemp(join(root, 'chaos.build-'));
try {
  const result = await run(seed, directory);
  const text = await readFile(page, 'utf8');
  const before = text.slice(0, text.indexOf(begin));
  const after = text.slice(text.indexOf(end) + end.length);
  const block = told(result);
  await writeFile(page, `${before}${block}${after}`);
  process.stdout.write(`${block}\n`);
  process.exitCode = result.parts.some(({ failed }) => failed.length > 0) ? 1 : 0;
} finally {
  await rm(directory, { recursive: true, force: true });
}
