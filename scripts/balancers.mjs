/**
 * What is lost behind each load balancer of this machine while a node drains, another one is added and one is killed:
 * with the configuration that octo-ha renders, and with the one that people start from. The table goes into
 * docs/load-balancers.md. `--rate N` requests a second, `--after-kill SECONDS`.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { compileTests } from './test/compile.mjs';
import { ensureServers, path } from './test/servers.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs/load-balancers.md');
const print = (line) => process.stdout.write(`${line}\n`);
const { values } = parseArgs({
  options: { rate: { type: 'string', default: '250' }, 'after-kill': { type: 'string', default: '22' } },
});
const [begin, end] = ['<!-- begin: npm run balancers -->', '<!-- end: npm run balancers -->'];

process.env['PATH'] = path;
ensureServers('haproxy', 'nginx', 'apache2', 'caddy');
const directory = await mkdtemp(join(root, 'test.build-'));
try {
  const file = 'test/support/balancer-trials.ts';
  await compileTests([file], { root, outdir: directory });
  const { runTrials, versionOf } = await import(pathToFileURL(join(directory, file.replace(/ts$/, 'js'))).href);
  const options = { rate: Number(values.rate), afterKill: Number(values['after-kill']) * 1_000, tell: print };
  const rows = await runTrials(options);
  const table = tableOf(rows, versionOf);
  print(table);
  const text = await readFile(page, 'utf8');
  const [before, , after] = text.split(new RegExp(`${begin}|${end}`));
  if (after === undefined) throw new Error(`${page} has no place for the table`);
  await writeFile(page, `${before}${begin}\n\n${about(options)}\n\n${table}\n\n${end}${after}`);
} finally {
  await rm(directory, { recursive: true, force: true });
}
process.exit(0);

function about({ rate }) {
  const date = new Date().toISOString().slice(0, 10);
  return [
    `Measured on ${date}, Node ${process.version}, ${cpus().length} cores shared with the lab: ${rate} requests a second,`,
    'one in ten a POST, over connections that are kept except where it says *new connections*. There is no seed: nothing',
    'is chosen at random, and timing is what differs between two runs.',
  ].join('\n');
}

function tableOf(rows, versionOf) {
  const head = [
    ...['balancer', 'configuration', 'failed in a drain, stop and start', 'left the draining node after'],
    ...['failed while one is added', 'the same, new connections', 'failed GET, one killed', 'failed POST, one killed'],
    'done twice',
  ];
  const lines = rows.map((row) => [
    `${row.title} ${versionOf(row.title)}`,
    row.configuration === 'octo-ha' ? '`octo-ha lb render`' : 'without health checks',
    row.drain,
    row.leftAfter === null ? 'it did not' : `${row.leftAfter} ms`,
    ...[row.add, row.addFresh, row.killReads, row.killWrites, row.doubled],
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
