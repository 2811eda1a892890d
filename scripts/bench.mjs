/**
 * Times command lines side by side: interleaved, so that what else the machine does falls on all of them alike, in
 * three blocks, of which each command line's best median counts. Exits 1 where a ratio is above its limit.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { withHistories } from './bench/history.mjs';

const program = fileURLToPath(new URL('../bin/octo-ha.js', import.meta.url));

/** `limit` is the ratio to the scenario named by `against`; without it a scenario is only measured. */
const startUp = [
  { name: 'node -e 0', argv: ['-e', '0'], exits: 0 },
  { name: 'octo-ha --version', argv: [program, '--version'], exits: 0, against: 'node -e 0', limit: 1.25 },
  { name: 'octo-ha --help', argv: [program, '--help'], exits: 0, against: 'node -e 0', limit: 1.35 },
  { name: 'octo-ha nodee (a typo)', argv: [program, 'nodee'], exits: 2, against: 'node -e 0', limit: 1.45 },
];

/** The status must not grow with what is over and done. */
const status = (config, tasks) => ({
  name: `octo-ha status --json, ${tasks.toLocaleString('en')} finished tasks`,
  argv: [program, 'status', '--json', '--config', config],
  exits: 0,
});

const blocks = 3;
const runs = 20;

function time({ name, argv, exits, env }) {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, argv, { env: { ...process.env, ...env }, encoding: 'utf8' });
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  // A command line that fails early is fast, and proves nothing.
  if (status !== exits) throw new Error(`${name} exited with ${status}, not ${exits}\n${stderr}`);
  return milliseconds;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function measureBlock(scenarios) {
  const times = new Map(scenarios.map(({ name }) => [name, []]));
  for (let run = 0; run < runs; run += 1) {
    for (const scenario of scenarios) times.get(scenario.name).push(time(scenario));
  }
  return new Map([...times].map(([name, values]) => [name, median(values)]));
}

function measure(scenarios) {
  for (const scenario of scenarios) time(scenario);
  const measured = Array.from({ length: blocks }, () => measureBlock(scenarios));
  const best = new Map(scenarios.map(({ name }) => [name, Math.min(...measured.map((medians) => medians.get(name)))]));
  return scenarios.map(({ name, against, limit }) => {
    const ratio = against === undefined ? undefined : best.get(name) / best.get(against);
    return { name, milliseconds: best.get(name), against, ratio, limit, slow: ratio !== undefined && ratio > limit };
  });
}

const few = 1_000;
const many = 1_000_000;
const rows = withHistories(program, [few, many], ([fewConfig, manyConfig]) => {
  const small = status(fewConfig, few);
  return measure([...startUp, small, { ...status(manyConfig, many), against: small.name, limit: 1.5 }]);
});

const width = Math.max(...rows.map(({ name }) => name.length));
for (const { name, milliseconds, against, ratio, limit, slow } of rows) {
  const judged = against === undefined ? '' : `${ratio.toFixed(2)} × ${against}, at most ${limit.toFixed(2)}`;
  const line = `${name.padEnd(width)}  ${milliseconds.toFixed(0).padStart(6)} ms  ${judged}${slow ? '  TOO SLOW' : ''}`;
  process.stdout.write(`${line.trimEnd()}\n`);
}
process.exitCode = rows.some(({ slow }) => slow) ? 1 : 0;
