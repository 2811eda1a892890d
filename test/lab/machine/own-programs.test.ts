import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ownProgram, ownPrograms } from '../../../src/lab/machine/own-programs.js';

/** A program that prints its words, each on a line of its own. */
const prints = '/usr/bin/printf "%s\\n"';

const run = (program: string, words: readonly string[]): readonly string[] => {
  const { stdout } = spawnSync('/bin/sh', ['-c', program.replace(/^#!.*\n/, ''), 'sh', ...words], { encoding: 'utf8' });
  return stdout.split('\n').slice(0, -1);
};

describe('a program of a simulated machine', { skip: process.platform === 'win32' && 'it is for sh' }, () => {
  test('gets paths of the machine where they are on the host, and every other word as it is', () => {
    const folder = fc.stringMatching(/^\/[^\0\n/]{1,12}$/);
    const word = fc.stringMatching(/^[^\0\n]{0,20}$/);
    fc.assert(
      fc.property(folder, folder, fc.array(word, { minLength: 1, maxLength: 4 }), (from, to, others) => {
        fc.pre(!others.some((other) => other === from || other.startsWith(`${from}/`)));
        const program = ownProgram(prints, [{ from, to }]);

        const seen = run(program, [...others, from, `${from}/TaskLogs`, `${from}-else`]);

        assert.deepEqual(seen, [...others, to, `${to}/TaskLogs`, `${from}-else`]);
      }),
      { numRuns: 40 },
    );
  });

  test('is the real one otherwise', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'octo-ha-own-'));
    try {
      await mkdir(join(directory, "disk's"));
      await writeFile(join(directory, "disk's/log"), 'one\ntwo\n');
      const path = [{ from: '/octopus', to: join(directory, "disk's") }];

      assert.deepEqual(run(ownProgram(ownPrograms.tail, path), ['-n', '1', '--', '/octopus/log']), ['two']);
      assert.deepEqual(run(ownProgram(ownPrograms.cat, path), ['/octopus/log']), ['one', 'two']);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
