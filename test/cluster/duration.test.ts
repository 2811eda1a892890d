import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../src/cluster/duration.js';

describe('durations', () => {
  for (const [text, milliseconds] of [
    ['500ms', 500],
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1.5h', 5_400_000],
    ['0s', 0],
  ] as const) {
    test(`${text} is ${milliseconds} ms`, () => assert.equal(parseDuration(text), milliseconds));
  }

  for (const text of ['', '5', '-5s', '5x', 's', '5 m', '1h 30m', '1e3s', 'soon', '99999999999999d']) {
    test(`"${text}" is no duration`, () => assert.equal(parseDuration(text), undefined));
  }

  for (const [milliseconds, text] of [
    [0, '0ms'],
    [850, '850ms'],
    [12_345, '12s'],
    [185_000, '3m 5s'],
    [7_200_000, '2h'],
    [7_201_000, '2h'],
    [531_000_000, '6d 3h'],
  ] as const) {
    test(`${milliseconds} ms is told as ${text}`, () => assert.equal(formatDuration(milliseconds), text));
  }

  test('what is told as whole seconds reads back as no more than was meant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 10 ** 10 }), (milliseconds) => {
        const told = parseDuration(formatDuration(milliseconds).replaceAll(' ', ''));
        assert.ok(told !== undefined && told <= milliseconds && told > milliseconds / 2);
      }),
    );
  });
});
