import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isInDoubt, isRolledBack, type Outlook, outlook, pauseAfter } from '../../src/database/transient.js';

describe('the outlook after', () => {
  for (const [symptom, expected] of [
    [{ number: 1205 }, 'transient'],
    [{ number: 1222 }, 'backs-off'],
    [{ number: 33557097, message: 'canceling statement due to lock timeout' }, 'backs-off'],
    [{ number: 33557097, message: 'relation "dbo.x" does not exist' }, 'permanent'],
    [{ number: 4060 }, 'transient'],
    [{ number: 911 }, 'permanent'],
    [{ number: 18456, codes: ['ELOGIN'] }, 'permanent'],
    [{ number: 208, codes: ['ECONNRESET'] }, 'permanent'],
    [{ codes: ['ESOCKET', 'ECONNREFUSED'] }, 'transient'],
    [{ codes: ['EREQUEST', 'ECONNRESET'] }, 'transient'],
    [{ codes: ['ESOCKET', 'DEPTH_ZERO_SELF_SIGNED_CERT'] }, 'permanent'],
    [{ codes: ['ESOCKET', 'ERR_TLS_CERT_ALTNAME_INVALID'] }, 'permanent'],
    [{ codes: ['ESOCKET', 'ENOTFOUND'] }, 'permanent'],
    [{ codes: ['ETIMEOUT'] }, 'permanent'],
    [{}, 'permanent'],
  ] as const) {
    test(`${JSON.stringify(symptom)} is ${expected}`, () => assert.equal(outlook(symptom), expected));
  }
});

test('rests longer each time, up to a limit, and in the end gives up', () => {
  const pauses = (expected: Outlook) => {
    const all: number[] = [];
    for (let pause = pauseAfter(1, expected); pause !== null; pause = pauseAfter(all.length + 1, expected))
      all.push(pause);
    return all;
  };

  assert.deepEqual(pauses('transient'), [200, 400, 800]);
  assert.deepEqual(pauses('backs-off'), [1000, 2000]);
  assert.deepEqual(pauses('permanent'), []);
});

test('a change is rolled back for sure after a deadlock or a lock time-out only', () => {
  assert.ok(isRolledBack({ number: 1205 }));
  assert.ok(isRolledBack({ number: 1222 }));
  assert.ok(!isRolledBack({ number: 40197 }));
  assert.ok(!isRolledBack({ codes: ['ECONNRESET'] }));
});

test('a change is in doubt when the server did not answer, or ended the connection with its answer', () => {
  assert.ok(isInDoubt(undefined, 0));
  assert.ok(isInDoubt(40197, 17));
  assert.ok(isInDoubt(596, 21));
  assert.ok(!isInDoubt(547, 16));
  assert.ok(!isInDoubt(3906, 16));
});
