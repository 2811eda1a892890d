/**
 * Measures octo-ha side by side with what it stands on, in one run, keeps the tables in docs/benchmarks.md, and exits 1
 * where a ratio is above its limit. `npm run bench -- --quick` measures less and keeps nothing.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { withClusters } from './bench/clusters.mjs';
import { measure, memoryOf } from './bench/measure.mjs';
import { withServerCluster } from './bench/server.mjs';

const program = fileURLToPath(new URL('../bin/octo-ha.js', import.meta.url));
const driver = fileURLToPath(new URL('bench/driver.mjs', import.meta.url));
const page = new URL('../docs/benchmarks.md', import.meta.url);
const [begin, end] = ['<!-- bench: begin -->', '<!-- bench: end -->'];

const isQuick = process.argv.includes('--quick');
const often = isQuick ? { blocks: 1, runs: 3 } : { blocks: 3, runs: 20 };
const seldom = isQuick ? { blocks: 1, runs: 1 } : { blocks: 3, runs: 5 };
/** Over the road: doctor takes its time there. */
const rarely = isQuick ? { blocks: 1, runs: 1 } : { blocks: 1, runs: 3 };
const taskCounts = isQuick ? [1e3, 1e4, 1e5] : [1e3, 1e4, 1e5, 1e6, 1e7];
const nodeCounts = [10, 100, 500];
/** Of the long road to the server, in milliseconds. */
const farAway = 40;

const say = (line) => process.stderr.write(`${line}\n`);
const octoHa = (line, config) => ({
  name: `octo-ha ${line}`,
  argv: [program, ...line.split(' '), ...(config === undefined ? [] : ['--config', config])],
});

/** `limit` is the ratio to the scenario named by `against`; without it a scenario is only measured. */
const bare = { name: 'node -e 0', argv: ['-e', '0'] };
const startUp = [
  bare,
  { ...octoHa('--version'), against: bare.name, limit: 1.15 },
  { ...octoHa('--help'), against: bare.name, limit: 1.3 },
  { ...octoHa('nodee'), name: 'octo-ha nodee (a typo)', exits: 2, against: bare.name, limit: 1.4 },
  {
    ...octoHa('node drain --drain-timeuot 5m web-1'),
    name: 'octo-ha node drain --drain-timeuot (a flag that is not known)',
    exits: 2,
    against: bare.name,
    limit: 1.4,
  },
  {
    ...octoHa('node drain --drain-timeout soon web-1'),
    name: 'octo-ha node drain --drain-timeout soon (a wrong value)',
    exits: 2,
    against: bare.name,
    limit: 1.4,
  },
  {
    ...octoHa('__complete bash -- node dr'),
    name: 'completion of a command',
    against: bare.name,
    limit: 1.4,
  },
];

const asked = ['status --json', 'node list --json', 'doctor --json --fail-on never'];
const count = (n) => n.toLocaleString('en');

/** How the cost of each command grows, each against its own at the smallest. */
function growing(lines, sizes, configs, of, limits) {
  return lines.flatMap((line) =>
    sizes.map((size, i) => ({
      ...octoHa(line, configs[i]),
      name: `${line}, ${count(size)} ${of}`,
      ...(i === 0 ? {} : { against: `${line}, ${count(sizes[0])} ${of}`, limit: limits[line] }),
    })),
  );
}

/** One after the other: all of them are in one file each, and the largest takes a minute to make. */
async function each(sizes, make) {
  const made = [];
  for (const size of sizes) {
    say(`making ${count(size)}`);
    made.push(await make(size));
  }
  return made;
}

async function roundTrips(ways) {
  const scenarios = ways.flatMap(({ config, env }, i) => [
    { name: `the driver, ${i}`, argv: [driver], env },
    ...asked.map((line) => ({ ...octoHa(line, config), name: `${line}, ${i}`, env })),
  ]);
  const rows = await measure(scenarios, rarely);
  const at = (name, i) => rows.find((row) => row.name === `${name}, ${i}`);
  const counted = new Map();
  for (const { name, argv, env } of scenarios.filter((scenario) => scenario.name.endsWith(', 0'))) {
    const before = ways[0].turns();
    await measure([{ name, argv, env }], { blocks: 0, runs: 0 });
    counted.set(name.replace(/, 0$/, ''), ways[0].turns() - before);
  }
  return ['the driver', ...asked].map((name) => ({
    name,
    near: at(name, 0),
    far: at(name, 1),
    trips: counted.get(name),
    // The driver has asked one question, too.
    afterLogin: counted.get(name) - counted.get('the driver') + 1,
  }));
}

const ms = (value) => value.toFixed(value < 10 ? 1 : 0);
const judged = ({ ratio, limit, slow }) =>
  [
    ratio === undefined ? '' : `${ratio.toFixed(2)} ×`,
    limit === undefined ? '' : `≤ ${limit.toFixed(2)} ×${slow ? ' **too slow**' : ''}`,
  ].join(' | ');
const row = (measured) =>
  `| ${measured.name} | ${ms(measured.milliseconds)} | ${ms(measured.most)} | ${judged(measured)} |`;
const table = (rows) => [
  '| | best median, ms | worst median, ms | ratio | limit |',
  '| --- | ---: | ---: | ---: | --- |',
  ...rows.map(row),
];

say('start-up');
const startUpRows = await measure(startUp, often);
const { nodeRows, taskRows, memory } = await withClusters(program, async ({ withNodes, withTasks }) => {
  say('nodes');
  const nodeConfigs = await each(nodeCounts, withNodes);
  const nodeRows = await measure(growing(asked, nodeCounts, nodeConfigs, 'nodes', { 'status --json': 3 }), seldom);
  say('finished tasks');
  const taskConfigs = await each(taskCounts, withTasks);
  const taskLines = { 'status --json': 1.5, 'node list --json': 1.5, 'task list --json': 1.5 };
  const taskRows = await measure(
    growing(Object.keys(taskLines), taskCounts, taskConfigs, 'finished tasks', taskLines),
    seldom,
  );
  say('memory');
  const few = asked.map((line) => octoHa(line, nodeConfigs[0]));
  const many = asked.map((line) => ({
    ...octoHa(line, nodeConfigs.at(-1)),
    name: `octo-ha ${line}, ${count(nodeCounts.at(-1))} nodes`,
  }));
  const memory = [];
  for (const scenario of [bare, startUp[2], ...few, ...many]) {
    memory.push({ name: scenario.name, mebibytes: await memoryOf(scenario) });
  }
  return { nodeRows, taskRows, memory };
});
say('round trips');
// What was measured so far is kept, whatever becomes of the server.
let unreached = process.env.OCTO_HA_TEST_MSSQL ? undefined : '`OCTO_HA_TEST_MSSQL` names no server.';
const server =
  unreached === undefined
    ? await withServerCluster(program, [0, farAway], roundTrips).catch((error) => {
        say(error.stack);
        [unreached] = error.message.split('\n');
      })
    : undefined;

const { blocks, runs } = often;
const text = [
  `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} × ${cpus()[0]?.model.trim()}. Start-up: ${blocks} blocks of ${runs} runs; nodes and tasks: ${seldom.blocks} of ${seldom.runs}; round trips: ${rarely.blocks} of ${rarely.runs}.`,
  '',
  '### Start-up',
  '',
  ...table(startUpRows),
  '',
  '### Nodes',
  '',
  ...table(nodeRows),
  '',
  '### Finished tasks',
  '',
  ...table(taskRows),
  '',
  '### Memory',
  '',
  '| | MiB at most |',
  '| --- | ---: |',
  ...memory.map(({ name, mebibytes }) => `| ${name} | ${mebibytes.toFixed(0)} |`),
  '',
  '### Round trips',
  '',
  ...(server === undefined
    ? [`Not measured: ${unreached}`]
    : [
        `| | on the spot, ms | ${farAway} ms away, ms | round trips | of these after the login |`,
        '| --- | ---: | ---: | ---: | ---: |',
        ...server.map(
          ({ name, near, far, trips, afterLogin }) =>
            `| ${name} | ${ms(near.milliseconds)} | ${ms(far.milliseconds)} | ${trips} | ${afterLogin} |`,
        ),
      ]),
].join('\n');
process.stdout.write(`${text}\n`);
if (!isQuick) {
  const before = await readFile(page, 'utf8');
  const [head, , tail] = [before.split(begin)[0], begin, before.split(end)[1]];
  await writeFile(page, `${head}${begin}\n\n${text}\n\n${end}${tail}`);
}
const slow = [...startUpRows, ...nodeRows, ...taskRows].filter((measured) => measured.slow).map(({ name }) => name);
const status = server?.find(({ name }) => name === 'status --json');
if (status?.afterLogin > 3) slow.push('status: more than 3 round trips after the login');
if (slow.length > 0) say(`too slow: ${slow.join('; ')}`);
process.exitCode = slow.length > 0 ? 1 : 0;
