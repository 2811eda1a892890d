import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checks } from '../../src/checks/index.js';
import type { Outcome } from '../../src/checks/outcome.js';
import { judgeSuppressions, type Suppression, suppress, suppressionCheck } from '../../src/checks/suppress.js';
import type { World } from '../../src/checks/world.js';
import { ago, day, now } from './cases/case.js';

const entry = (more: Partial<Suppression> = {}): Suppression => ({
  ...{ check: 'nodes/equal-caps', reason: 'a canary', owner: 'anna', expires: ago(-day) },
  ...more,
});

/** As a run of doctor ends that finds the caps of two nodes to differ, and nothing else. */
const outcome = (id: string, status: Outcome['status'], node: string | null = null): Outcome => {
  const check = checks.find((one) => one.id === id);
  assert.ok(check, id);
  return {
    ...{ check, observedFrom: 'admin', node, status, problem: status === 'pass' ? null : 'web-1: 50, web-2: 5' },
    ...{ remedy: null, evidence: {}, durationMs: 3, fix: null },
  };
};
const run = [
  outcome('nodes/equal-caps', 'warn'),
  outcome('nodes/enough', 'pass'),
  outcome('nodes/ping', 'fail', 'web-2'),
];

const cases: readonly (readonly [
  what: string,
  status: 'pass' | 'warn',
  words: RegExp | null,
  entries: Suppression[],
])[] = [
  ['an entry that covers a finding', 'pass', null, [entry()]],
  ['an entry for one node', 'pass', null, [entry({ check: 'nodes/ping', node: 'WEB-2' })]],
  ['an entry for a check that did not run', 'pass', null, [entry({ check: 'licence/compliant' })]],
  [
    'an entry that is over',
    'warn',
    /^nodes\/equal-caps of anna has expired at the end of 2026-11-23$/,
    [entry({ expires: new Date('2026-11-24') })],
  ],
  [
    'an entry for what has passed',
    'warn',
    /^nodes\/enough of anna covers nothing$/,
    [entry({ check: 'nodes/enough' })],
  ],
  [
    'an entry for another node',
    'warn',
    /^nodes\/ping on web-1 of anna covers nothing$/,
    [entry({ check: 'nodes/ping', node: 'web-1' })],
  ],
  [
    'an entry for no check',
    'warn',
    /^nodes\/equal-cap: there is no such check$/,
    [entry({ check: 'nodes/equal-cap' })],
  ],
];

describe('octo-ha/suppressions', () => {
  for (const [what, status, words, entries] of cases) {
    test(`${what} is a ${status}`, () => {
      const verdict = judgeSuppressions(entries, suppress(run, entries, now), checks, now);

      assert.equal(verdict.status, status);
      if (words !== null) assert.match('problem' in verdict ? verdict.problem : '', words);
    });
  }

  test('is skipped, and says why, where no file is named', async () => {
    const verdict = await suppressionCheck.run({} as World, new AbortController().signal as never, undefined as never);

    assert.match('because' in verdict ? verdict.because : '', /no file of suppressions is named/);
  });

  test('what crashed is not put aside', () => {
    const crashed = [outcome('nodes/equal-caps', 'crash')];

    assert.deepEqual(suppress(crashed, [entry()], now), crashed);
  });
});
