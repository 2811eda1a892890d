import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseSize } from '../../src/cluster/size.js';

describe('a size', () => {
  for (const [text, bytes] of [
    ['5GB', 5 * 1024 ** 3],
    ['500 mb', 500 * 1024 ** 2],
    ['1.5KB', 1_536],
    ['0B', 0],
    ['5', undefined],
    ['GB', undefined],
    ['-1GB', undefined],
    ['5 GiB', undefined],
    ['1e9B', undefined],
    ['5GB; rm', undefined],
  ] as const) {
    test(`${JSON.stringify(text)} is ${bytes}`, () => assert.equal(parseSize(text), bytes));
  }
});
