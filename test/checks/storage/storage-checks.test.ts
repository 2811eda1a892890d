import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ownLimits } from '../../../src/checks/limits.js';
import { type Look, notTried, type StorageFacts, seen } from '../../../src/checks/storage/facts.js';
import { folderChecks } from '../../../src/checks/storage/folder.js';
import { firstDifference, pattern } from '../../../src/checks/storage/pattern.js';

const gib = 1024 ** 3;
const unc = { kind: 'unc', server: 'files', share: 'octopus', folder: '' } as const;
const facts: StorageFacts = {
  location: unc,
  addresses: seen(['10.0.0.7']),
  connection: seen({ port: 445, fastest: 1 }),
  listing: seen([]),
  folders: seen({ missing: [] }),
  written: seen({ bytes: 8, took: 1 }),
  content: seen({ took: 1, differsAt: undefined }),
  renamed: seen(undefined),
  removed: seen({ left: [], because: undefined }),
  space: seen({ free: 50 * gib, total: 100 * gib }),
  latency: seen({ of: 'a connection', fastest: 1 }),
};
const judging = { limits: ownLimits, now: new Date() };
const refused = (trouble: string): Look<never> => ({ state: 'refused', trouble, message: `because of ${trouble}` });

function judge(id: string, changed: Partial<StorageFacts> = {}) {
  const check = folderChecks.find((one) => one.id === `storage/${id}`);
  assert.ok(check, id);
  return check.judge({ ...facts, ...changed }, judging);
}

describe('the checks of shared storage', () => {
  test('all pass where all is well, and skip what was not tried', () => {
    const not = notTried('somebody said no');
    const nothing: StorageFacts = {
      ...{ location: unc, addresses: not, connection: not, listing: not, folders: not, written: not },
      ...{ content: not, renamed: not, removed: not, space: not, latency: not },
    };
    for (const { id, judge: judgeIt } of folderChecks) {
      assert.equal(judgeIt(facts, judging).status, 'pass', id);
      assert.deepEqual(judgeIt(nothing, judging), { status: 'skip', because: 'somebody said no' }, id);
    }
  });

  for (const [id, changed, status, words] of [
    ['resolves', { addresses: seen([]) }, 'fail', /^files has no address$/],
    ['resolves', { addresses: refused('EAI_AGAIN') }, 'fail', /^files cannot be looked up: because of EAI_AGAIN$/],
    ['resolves', { addresses: refused('no-answer') }, 'fail', /^no name server told the address of files in time$/],
    ['reachable', { connection: refused('ECONNREFUSED') }, 'fail', /^files on port 445 refuses the connection/],
    ['reachable', { connection: refused('no-answer') }, 'fail', /^files on port 445 does not answer/],
    ['reachable', { connection: refused('EHOSTUNREACH') }, 'fail', /^there is no way to files on port 445/],
    ['login', { listing: refused('wrong-password') }, 'fail', /wrong-password/],
    ['login', { listing: refused('missing') }, 'pass', /^$/],
    ['login', { location: { kind: 'path', path: '/mnt' } }, 'skip', /^the system itself/],
    ['listed', { listing: refused('wrong-password') }, 'skip', /^nobody could log in$/],
    ['listed', { listing: refused('denied') }, 'fail', /denied/],
    ['folders', { folders: seen({ missing: ['Imports'] }) }, 'warn', /^missing: Imports$/],
    ['intact', { content: seen({ took: 1, differsAt: 4096 }) }, 'fail', /from byte 4096$/],
    ['removed', { removed: seen({ left: ['x'], because: undefined }) }, 'fail', /^may still be there: x$/],
    ['removed', { removed: seen({ left: ['x'], because: 'no' }) }, 'fail', /^may still be there: x \(no\)$/],
    [
      'room',
      { space: seen({ free: gib, total: 100 * gib }) },
      'fail',
      /^the shared folder has 1% free, 1 GB \(octo-ha's own limit diskFreeFail/,
    ],
    ['room', { space: seen({ free: 10 * gib, total: 100 * gib }) }, 'warn', /has 10% free, 10 GB \(.* diskFreeWarn/],
    ['room', { space: seen({ free: 30 * gib, total: 1000 * gib }) }, 'pass', /^$/],
    ['room', { space: seen({ free: 10 * gib, total: 20 * gib }) }, 'pass', /^$/],
    ['room', { space: seen({ free: 0, total: 0 }) }, 'fail', /has 0% free, 0 GB \(.* diskFreeFail/],
    ['room', { space: seen({ free: gib / 2, total: gib }) }, 'fail', /has 50% free, 1 GB: less than 1 GB$/],
    ['latency', { latency: seen({ of: 'a small file', fastest: 21 }) }, 'warn', /^a small file takes 21 ms at best/],
    ['latency', { latency: seen({ of: 'a small file', fastest: 20 }) }, 'pass', /^$/],
  ] as const satisfies readonly (readonly [string, Partial<StorageFacts>, string, RegExp])[]) {
    test(`${id} is a ${status} of ${JSON.stringify(changed)}`, () => {
      const verdict = judge(id, changed);
      const said = 'problem' in verdict ? verdict.problem : 'because' in verdict ? verdict.because : '';

      assert.equal(verdict.status, status);
      assert.match(said, words);
    });
  }
});

describe('the bytes that are written', () => {
  test('are the same for the same probe, and no other', () => {
    assert.deepEqual(pattern('a', 1_001), pattern('a', 1_001));
    assert.notDeepEqual(pattern('a', 1_001), pattern('b', 1_001));
    assert.equal(pattern('a', 1_001).length, 1_001);
  });

  test('show a block that is lost, doubled or zero', () => {
    const written = pattern('probe', 256 * 1024);
    fc.assert(
      fc.property(fc.nat(63), fc.nat(63), fc.constantFrom('zero', 'swap', 'cut'), (from, to, how) => {
        fc.pre(from !== to);
        const read = written.slice(0, how === 'cut' ? from * 4096 : undefined);
        if (how === 'zero') read.fill(0, from * 4096, from * 4096 + 4096);
        if (how === 'swap') read.copyWithin(to * 4096, from * 4096, from * 4096 + 4096);

        const at = firstDifference(written, read);
        assert.ok(at !== undefined && Math.abs(at - (how === 'swap' ? to : from) * 4096) < 16, String(at));
      }),
    );
  });

  test('are the same as themselves', () => {
    assert.equal(firstDifference(pattern('a', 100), pattern('a', 100)), undefined);
    assert.equal(firstDifference(new Uint8Array(), Uint8Array.of(1)), 0);
  });
});
