/**
 * `npm run chaos [-- SEED [PART…]]`: what is done on purpose to the cluster, in parts: test/chaos/index.ts. Each part's
 * results, and what it measures anew, are written into the pages of docs/ between its marks; exits 1 where anything
 * failed.
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
const own = 'docs/chaos.md';

async function run(seed, parts, directory) {
  const entry = 'test/chaos/main.ts';
  await compileTests([entry], { root, outdir: directory });
  const result = join(directory, 'result.json');
  const kept = Object.entries(process.env).filter(([name]) => !/^OCTO_HA_(?!TEST_)/.test(name));
  const mark = randomUUID();
  const temporary = await mkdtemp(join(tmpdir(), 'octo-ha-chaos-'));
  const words = [join(directory, entry.replace(/ts$/, 'js')), String(seed), result, ...parts];
  // A group of its own, so that what it leaves when it is ended early can be told from everything else.
  const child = spawn(process.execPath, words, {
    cwd: root,
    detached: true,
    env: { ...Object.fromEntries(kept), PATH: path, TMPDIR: temporary, OCTO_HA_TEST_RUN: mark },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const ended = await new Promise((done) => child.once('close', (code, signal) => done(code ?? signal)));
  await endLeftBehind({ group: child.pid, mark });
  await rm(temporary, { recursive: true, force: true });
  if (ended !== 0) throw new Error(`the runs were ended: ${ended}`);
  return JSON.parse(await readFile(result, 'utf8'));
}

function told(seed, { results, took }) {
  const rows = results.map(
    ({ name, runs, failed, notes }) => `| ${name} | ${runs} | ${failed.length} | ${notes.join('; ')} |`,
  );
  const failures = results.flatMap(({ failed }) => failed).map((failure) => `- ${failure.split('\n')[0]}`);
  const date = new Date().toISOString().slice(0, 10);
  return [
    `Seed ${seed}, ${date}, Node.js ${process.version}, ${process.platform}, ${Math.ceil(took / 60_000)} minutes.`,
    '',
    '| what | runs | failed | |',
    '| --- | ---: | ---: | --- |',
    ...rows,
    ...(failures.length > 0 ? ['', 'Failed:', '', ...failures] : []),
  ].join('\n');
}

/** Puts the text between the part's marks; a part that is new gets a section at the end. */
async function keep(page, part, text) {
  const file = join(root, page);
  const [begin, end] = [`<!-- chaos: ${part} begin -->`, `<!-- chaos: ${part} end -->`];
  const block = `${begin}\n\n${text}\n\n${end}`;
  const before = await readFile(file, 'utf8');
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  const after =
    from < 0 || to < from
      ? `${before.trimEnd()}\n\n## The last run: ${part}\n\n${block}\n`
      : `${before.slice(0, from)}${block}${before.slice(to + end.length)}`;
  await writeFile(file, after);
  process.stdout.write(`${page}\n${text}\n`);
}

const [seedText, ...parts] = process.argv.slice(2);
const seed = Number(seedText ?? Math.floor(Math.random() * 1_000_000_000));
if (!Number.isInteger(seed) || seed < 0) throw new Error(`${seedText} is no seed`);
process.stdout.write(`seed ${seed}\n`);
ensureServers('haproxy', 'nginx', 'apache2', 'caddy');
if (spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' }).status !== 0) process.exit(1);
// Inside the repository, where what is compiled finds its packages.
const directory = await mkdtemp(join(root, 'chaos.build-'));
try {
  const done = await run(seed, parts, directory);
  for (const part of done) {
    await keep(own, part.part, told(seed, part));
    for (const { page, text } of part.measured ?? []) await keep(page, part.part, text);
  }
  process.exitCode = done.some(({ results }) => results.some(({ failed }) => failed.length > 0)) ? 1 : 0;
} finally {
  await rm(directory, { recursive: true, force: true });
}
