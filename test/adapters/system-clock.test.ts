import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '../../src/adapters/system-clock.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a time limit', () => {
  test('is reached also when nobody listens and garbage is collected meanwhile', async () => {
    const limit = systemClock.within(100, new AbortController().signal);

    for (let i = 0; i < 5; i++) {
      await systemClock.sleep(30, new AbortController().signal);
      collectGarbage();
    }

    assert.equal(limit.aborted, true);
    assert.equal(limit.reason.name, 'TimeoutError');
  });

  test('follows the signal it stands on, with its reason', () => {
    const outer = new AbortController();
    const reason = new Error('enough');

    const limit = systemClock.within(60_000, outer.signal);
    outer.abort(reason);

    assert.equal(limit.reason, reason);
    assert.equal(systemClock.within(60_000, outer.signal).reason, reason);
    assert.deepEqual(getEventListeners(outer.signal, 'abort'), []);
  });

  test('is over with what it limits: it listens no longer and aborts no more', async () => {
    const outer = new AbortController();
    const limit = systemClock.within(1, outer.signal);

    limit[Symbol.dispose]();

    assert.deepEqual(getEventListeners(outer.signal, 'abort'), []);
    await systemClock.sleep(20, new AbortController().signal);
    outer.abort(new Error('enough'));
    assert.equal(limit.aborted, false);
  });
});
