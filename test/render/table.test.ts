import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import { table } from '../../src/render/table.js';

const chalk = new Chalk({ level: 1 });
const dim = (text: string) => text;

/** Letters that are one column wide and letters that are two, which are all above this code point. */
const letter = fc.constantFrom(...'abcXYZ-_.é', ...'東京ウェブ서버', '📦', '🐙');
const widthOf = (text: string) =>
  [...text].reduce((sum, one) => sum + ((one.codePointAt(0) ?? 0) > 0x1100 && one !== '…' ? 2 : 1), 0);
const cell = fc.array(letter, { minLength: 1, maxLength: 60 }).map((letters) => letters.join(''));
const rows = fc
  .integer({ min: 1, max: 4 })
  .chain((columns) =>
    fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 5 }),
  );

describe('a table', () => {
  test('holds every cell whole where it is not for a terminal', () => {
    fc.assert(
      fc.property(rows, (cells) => {
        const lines = table([], cells).split('\n');

        assert.equal(lines.length, cells.length);
        for (const [i, row] of cells.entries()) assert.deepEqual(lines[i]?.split(/ {2,}/), row);
      }),
    );
  });

  test('fits the terminal, with its columns under each other, and shortens nothing without need', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 40, max: 250 }), (cells, columns) => {
        const whole = table([], cells);
        const fitted = table([], cells, { dim, columns });

        for (const line of fitted.split('\n')) assert.ok(widthOf(line) <= columns, `${widthOf(line)}: ${line}`);
        if (whole.split('\n').every((line) => widthOf(line) <= columns)) assert.equal(fitted, whole);
        assert.doesNotMatch(fitted, /[\ud800-\udbff](?![\udc00-\udfff])/, 'no half a character');
        const starts = fitted.split('\n').map((line) => widthOf(/^\S* {2,}/.exec(line)?.[0] ?? ''));
        if ((cells[0]?.length ?? 0) > 1) assert.equal(new Set(starts).size, 1);
      }),
    );
  });

  test('keeps the short columns and marks what is shortened', () => {
    const rows = [['ServerTasks-1', 'Executing', 'Deploy the whole of the web shop to production']];

    assert.equal(
      table(['TASK', 'STATE', 'DESCRIPTION'], rows, { dim, columns: 50 }),
      'TASK           STATE      DESCRIPTION\nServerTasks-1  Executing  Deploy the whole of the…',
    );
  });

  test('keeps colours whole', () => {
    const line = table([], [[chalk.red('a'.repeat(30)), 'b'.repeat(30)]], { dim, columns: 40 });

    assert.ok(line.startsWith(chalk.red('a'.repeat(18))), JSON.stringify(line));
    assert.match(line, /… {2}b{18}…$/);
  });
});
