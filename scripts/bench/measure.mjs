import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const memory = fileURLToPath(new URL('memory.cjs', import.meta.url));

/** Runs one command line and answers with milliseconds. One that fails early is fast, and proves nothing. */
async function time({ name, argv, exits = 0, env = {} }, more = {}) {
  const start = process.hrtime.bigint();
  const child = spawn(process.execPath, argv, {
    env: { ...process.env, ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let told = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      told = (told + chunk).slice(-2_000);
    });
  }
  const code = await new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', done);
  });
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  if (code !== exits) throw new Error(`${name} exited with ${code}, not ${exits}\n${told}`);
  return milliseconds;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Times command lines side by side: interleaved, so that what else the machine does falls on all of them alike, in
 * blocks, of which each command line's best median counts. The spread is that of the medians of its blocks.
 */
export async function measure(scenarios, { blocks, runs }) {
  for (const scenario of scenarios) await time(scenario);
  const medians = new Map(scenarios.map(({ name }) => [name, []]));
  for (let block = 0; block < blocks; block += 1) {
    const times = new Map(scenarios.map(({ name }) => [name, []]));
    for (let run = 0; run < runs; run += 1) {
      for (const scenario of scenarios) times.get(scenario.name).push(await time(scenario));
    }
    for (const [name, values] of times) medians.get(name).push(median(values));
  }
  const best = new Map([...medians].map(([name, values]) => [name, Math.min(...values)]));
  return scenarios.map(({ name, against, limit }) => {
    const ratio = against === undefined ? undefined : best.get(name) / best.get(against);
    const most = Math.max(...medians.get(name));
    return { name, milliseconds: best.get(name), most, against, ratio, limit, slow: ratio > limit };
  });
}

/** The most memory that one run has held, in MiB. */
export async function memoryOf(scenario) {
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-bench-memory-'));
  try {
    const file = join(directory, 'kibibytes');
    await time({ ...scenario, argv: ['--require', memory, ...scenario.argv] }, { OCTO_HA_BENCH_MEMORY: file });
    return Number(await readFile(file, 'utf8')) / 1024;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
