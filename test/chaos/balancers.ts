import assert from 'node:assert/strict';
import { cpus } from 'node:os';
import { balancerPrograms } from '../support/balancer-programs.js';
import type { LoadCount } from '../support/balancer-stand.js';
import { type Trial, trial, versionOf } from '../support/balancer-trials.js';
import { buildLabPrograms } from '../support/lab.js';
import type { ChaosPart, Result } from './part.js';

/** More than 5,000 readings follow the kill of a node. */
const load = { rate: 250, afterKill: 22_000 };

/**
 * Every load balancer of this machine under load while a node drains, is stopped and comes back, another one is added,
 * and one is killed; with the configuration that octo-ha renders, which must keep its promises, and with what people
 * start from, to compare.
 */
export const balancersUnderLoad: ChaosPart = async ({ repeat, say }) => {
  // The lab's processes do not keep their starter alive.
  const waiting = setInterval(() => {}, 1_000);
  await using built = await buildLabPrograms();
  const results: Result[] = [];
  const lines: string[] = [];
  const row = (name: string, configuration: string, one: Trial) => {
    const cells = [
      `${name} ${versionOf(name)}`,
      configuration,
      lost(one.drain.reads, one.drain.writes),
      one.leftAfter === null ? 'it did not' : `${one.leftAfter} ms`,
      lost(one.add.reads, one.add.writes),
      lost(one.kill.reads),
      lost(one.kill.writes),
      String(one.doubled),
    ];
    lines.push(cells.join(' | '));
    return cells.slice(2).join(' | ');
  };
  for (const program of balancerPrograms.filter(({ file }) => file !== undefined)) {
    const name = `${program.name}: a node drains, is stopped and comes back, one is added, one is killed`;
    results.push(
      await repeat(name, 1, async () => {
        const one = await trial(program, 'octo-ha', built.programs, load);
        const told = row(program.name, '`octo-ha lb render`', one);
        keepsPromises(one);
        return told;
      }),
    );
    say(
      `${program.name}, to compare: ${row(program.name, 'without health checks', await trial(program, 'start', built.programs, load))}`,
    );
  }
  clearInterval(waiting);
  return { results, measured: [{ page: 'docs/load-balancers.md', text: [about(), '', ...table(lines)].join('\n') }] };
};

/** What issue and page promise of a rendered configuration. */
function keepsPromises({ drain, add, kill, doubled, leftAfter, outAfter }: Trial): void {
  for (const [when, { reads, writes }] of [
    ['a drain', drain],
    ['adding a node', add],
  ] as const) {
    assert.deepEqual([reads.reasons, writes.reasons], [{}, {}], `requests failed in ${when}`);
  }
  assert.ok(
    leftAfter !== null && leftAfter <= outAfter,
    `the drained node got requests for ${leftAfter} ms, and ${outAfter} are promised`,
  );
  const may = Math.max(1, Math.floor(kill.reads.sent / 5_000));
  assert.ok(kill.reads.failed <= may, `${lost(kill.reads)} readings failed: ${JSON.stringify(kill.reads.reasons)}`);
  assert.equal(doubled, 0, 'writes came to a node a second time');
}

function lost(...counts: readonly LoadCount[]): string {
  const sum = (what: 'failed' | 'sent') => counts.reduce((total, count) => total + count[what], 0);
  return `${sum('failed')} of ${sum('sent').toLocaleString('en')}`;
}

const about = (): string =>
  [
    `Measured on ${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${cpus().length} cores shared with the lab: ${load.rate} requests a`,
    'second, one in ten a POST, over connections that are kept where the balancer keeps them. Nothing is chosen by chance;',
    'timing is what differs between two runs.',
  ].join('\n');

function table(lines: readonly string[]): readonly string[] {
  const head = [
    ...['balancer', 'configuration', 'failed in a drain, stop and start', 'left the draining node after'],
    ...['failed while one is added', 'failed GET, one killed', 'failed POST, one killed', 'done twice'],
  ];
  return [head.join(' | '), head.map(() => '---').join(' | '), ...lines].map((line) => `| ${line} |`);
}
