import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../src/errors.js';
import { keepChecking } from '../../src/lab/balancer/checks.js';
import { pool } from '../../src/lab/balancer/pool.js';
import type { Http } from '../../src/ports/http.js';
import { manualClock } from '../support/manual-clock.js';

const [a, b] = ['http://a', 'http://b'];

function checked(...urls: readonly string[]) {
  const servers = pool({ fall: 2, rise: 2 });
  servers.setUrls(urls);
  for (const url of urls) servers.checked(url, true);
  return servers;
}

describe("the pool of the lab's balancer", () => {
  test('sends nothing to a server before its first check, which alone decides', () => {
    const servers = pool({ fall: 2, rise: 2 });
    servers.setUrls([a]);

    assert.equal(servers.choose([]), undefined);
    servers.checked(a, true);

    assert.equal(servers.choose([]), a);
  });

  test('takes turns, and skips what was tried', () => {
    const servers = checked(a, b);

    const turns = [1, 2, 3, 4].map(() => servers.choose([]));

    assert.deepEqual(new Set(turns), new Set([a, b]));
    assert.notEqual(turns[0], turns[1]);
    assert.deepEqual([servers.choose([a]), servers.choose([a, b])], [b, undefined]);
  });

  test('takes a server out after as many failures in a row, and back after as many successes', () => {
    const servers = checked(a);

    servers.checked(a, false);
    servers.checked(a, true);
    servers.checked(a, false);
    assert.equal(servers.choose([]), a);
    servers.checked(a, false);
    assert.equal(servers.choose([]), undefined);
    servers.checked(a, true);
    assert.equal(servers.choose([]), undefined);
    servers.checked(a, true);

    assert.equal(servers.choose([]), a);
  });

  test('takes a server out at once when it broke a connection', () => {
    const servers = checked(a, b);

    servers.failed(a);

    assert.deepEqual([servers.choose([]), servers.choose([])], [b, b]);
  });

  test('keeps what it knows of a server when others come and go', () => {
    const servers = checked(a);

    servers.setUrls([a, b]);

    assert.deepEqual([servers.choose([]), servers.choose([])], [a, a]);
  });

  for (const [what, answer, serves] of [
    ['200', 200, true],
    ['418', 418, false],
    ['500', 500, false],
    ['302', 302, false],
    ['nothing', undefined, false],
  ] as const) {
    test(`takes ${what} as ${serves ? 'a' : 'no'} sign that a server serves`, async () => {
      const servers = pool({ fall: 1, rise: 1 });
      servers.setUrls([a]);
      const http: Http = {
        send: async () => {
          if (answer === undefined) throw new Failure('unreachable', 'the connection was refused');
          return { status: answer, headers: {}, body: '' };
        },
      };
      const stop = new AbortController();
      const clock = manualClock();
      const health = { interval: 500, fastInterval: 250, fall: 1, rise: 1, timeout: 1_000 };

      const checking = keepChecking(servers, { http, clock, health }, stop.signal);
      await clock.advance(500);
      stop.abort();
      await checking;

      assert.equal(servers.choose([]), serves ? a : undefined);
    });
  }
});
