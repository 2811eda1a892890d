import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { unifiedDiff } from '../../src/render/unified-diff.js';

const names = { from: 'a/file', to: 'b/file' };
const git = spawnSync('git', ['--version']).error === undefined;

describe('a diff', () => {
  test('is empty for equal texts', () => assert.equal(unifiedDiff('a\n', 'a\n', names), ''));

  test('shows changes with three lines around, and parts those that lie apart', () => {
    const before = Array.from({ length: 30 }, (_, i) => `${i}\n`).join('');
    const after = before.replace('5\n', 'five\n').replace('25\n', '');

    assert.equal(
      unifiedDiff(before, after, names),
      [
        ...['--- a/file', '+++ b/file', '@@ -3,7 +3,7 @@', ' 2', ' 3', ' 4', '-5', '+five', ' 6', ' 7', ' 8'],
        ...['@@ -23,7 +23,6 @@', ' 22', ' 23', ' 24', '-25', ' 26', ' 27', ' 28'],
      ].join('\n'),
    );
  });

  test('is taken by git, for any two texts', { skip: !git && 'git is not installed' }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'octo-ha-diff-'));
    const lines = fc
      .tuple(fc.array(fc.constantFrom('a', 'b', 'c', '', '+', '-x', ' y', '@@'), { maxLength: 40 }), fc.boolean())
      .map(([parts, ends]) => parts.join('\n') + (ends && parts.length > 0 ? '\n' : ''));
    try {
      await fc.assert(
        fc.asyncProperty(lines, lines, async (before, after) => {
          const diff = unifiedDiff(before, after, names);
          if (diff === '') return assert.equal(before, after);
          await writeFile(join(directory, 'file'), before);
          const { status, stderr } = spawnSync('git', ['apply', '--unidiff-zero', '-'], {
            cwd: directory,
            input: `${diff}\n`,
            encoding: 'utf8',
          });
          assert.equal(status, 0, `${stderr}\n${diff}`);
          assert.equal(await readFile(join(directory, 'file'), 'utf8'), after);
        }),
        { numRuns: 80 },
      );
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
