/**
 * The main job on real input: three bare machines made into a cluster behind a load balancer by `octo-ha init`, web
 * requests and tasks that keep coming, and a node drained and given back meanwhile by the octo-ha that was built, as a
 * person would. Exits 1 when a request failed or a task was lost. Ended early, it takes down what it started all the same.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureServers, path } from './test/servers.mjs';

const program = fileURLToPath(new URL('../bin/octo-ha.js', import.meta.url));
const print = (text) => process.stdout.write(`${text}\n`);
const second = 1_000;

/** What the load is, and how long it goes on before and after each step. */
const load = [
  'lab',
  'load',
  '--rate',
  '200',
  '--tasks-per-second',
  '2',
  '--duration',
  '1s..5s',
  '--for',
  '5m',
  '--json',
];
const pause = 5 * second;

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => ending.abort(signal));
process.stdout.on('error', () => ending.abort('SIGPIPE'));

/** A place of its own: a lab and a context file that the person has are left alone. */
const directory = await mkdtemp(join(tmpdir(), 'octo-ha-demo-'));
const configuration = join(directory, 'config.yaml');
const own = Object.entries(process.env).filter(([name]) => !name.startsWith('OCTO_HA_'));
const env = {
  ...Object.fromEntries(own),
  PATH: path,
  OCTO_HA_CONFIG: configuration,
  OCTO_HA_LAB_HOME: join(directory, 'lab'),
};

/** Runs octo-ha; what it writes is shown unless it is wanted as JSON. */
async function octoHa(argv, { json = false } = {}) {
  const child = spawn(process.execPath, [program, ...argv], {
    env,
    stdio: ['ignore', json ? 'pipe' : 'inherit', 'inherit'],
  });
  const stop = () => child.kill('SIGTERM');
  ending.signal.addEventListener('abort', stop);
  const output = [];
  child.stdout?.on('data', (chunk) => output.push(chunk));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  ending.signal.removeEventListener('abort', stop);
  ending.signal.throwIfAborted();
  return { code, output: Buffer.concat(output).toString() };
}

/** A command line as a person types it. */
async function type(line) {
  print(`\n$ octo-ha ${line}`);
  const { code } = await octoHa(line.split(' '));
  if (code !== 0) throw new Error(`octo-ha ${line} exited with ${code}`);
}

const wait = (milliseconds, options) => sleep(milliseconds, undefined, { signal: ending.signal, ...options });
const status = async () => JSON.parse((await octoHa(['status', '--json'], { json: true })).output);
const nodeOf = ({ nodes }, name) => nodes.find((node) => node.name === name);
const stateOf = ({ nodes }, name) => nodeOf({ nodes }, name).state;

/** Draining a node that runs something shows more; a node that gets nothing for a while is drained as it is. */
async function untilBusy(name) {
  for (const end = Date.now() + 20 * second; Date.now() < end; await wait(100)) {
    if (nodeOf(await status(), name).runningTasks > 0) return;
  }
}

/** Web requests and tasks until it is ended; its result then. */
function startLoad() {
  // A group of its own: Ctrl-C in a terminal ends the demo, and the demo ends the load.
  const child = spawn(process.execPath, [program, ...load], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  const closed = new Promise((resolve) => child.once('close', resolve));
  return {
    async result() {
      child.kill('SIGINT');
      await Promise.race([closed, wait(90 * second, { ref: false })]);
      const parsed = JSON.parse(Buffer.concat(output).toString());
      return parsed.error ?? parsed;
    },
    kill: () => child.kill('SIGKILL'),
  };
}

function table(rows) {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`).join('\n');
}

async function demo(started) {
  ensureServers('haproxy');
  await writeFile(configuration, '');
  await type('lab up --machines 3 --nodes 0');
  await type(`init --answers ${join(env.OCTO_HA_LAB_HOME, 'answers.yaml')} --yes`);
  print('\n  200 requests a second go through the balancer from here on, and two tasks a second of 1 to 5 s each');
  const running = startLoad();
  started.push(running);
  await wait(pause);

  await type('status');
  const before = await status();
  await untilBusy('node-2');
  const draining = Date.now();
  await type('node drain node-2 --yes');
  const idle = (Date.now() - draining) / second;
  await wait(pause);
  await type('status');
  const drained = await status();
  await type('node undrain node-2');
  await wait(pause);
  const after = await status();

  const { web, tasks } = await running.result();
  if (web === undefined) throw new Error('the load ended without a result');
  const states = [before, drained, after].map((look) => stateOf(look, 'node-2')).join(' → ');
  const capacities = [before, drained, after].map(({ capacity }) => capacity.total).join(' → ');
  print(
    `\n${table([
      ['requests sent', web.sent],
      ['requests failed', web.failed === 0 ? 0 : `${web.failed} (${JSON.stringify(web.reasons)})`],
      ['tasks started', tasks.started],
      [
        'tasks lost',
        tasks.lost.length === 0 ? 0 : `${tasks.lost.length} (${tasks.lost.map(({ id }) => id).join(', ')})`,
      ],
      ['seconds until the drained node was idle', idle.toFixed(1)],
      ['node-2, before → drained → after', states],
      ['capacity, before → drained → after', capacities],
    ])}\n`,
  );
  return web.failed === 0 && tasks.lost.length === 0 && web.sent > 0 && tasks.started > 0 ? 0 : 1;
}

const started = [];
try {
  process.exitCode = await demo(started);
} catch (error) {
  if (!ending.signal.aborted) print(`the demo failed: ${error.stack}`);
  process.exitCode = ending.signal.aborted ? 128 + (constants.signals[ending.signal.reason] ?? 0) : 1;
} finally {
  for (const one of started) one.kill();
  // Another Ctrl-C does not reach it: nothing may be left behind.
  spawnSync(process.execPath, [program, 'lab', 'down'], { env, detached: true, stdio: 'ignore' });
  await rm(directory, { recursive: true, force: true });
}
