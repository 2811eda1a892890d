import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from '../../src/cli.js';
import { commands } from '../../src/commands/index.js';
import { commandsPage } from '../../src/commands/reference.js';
import { shellWords } from './shell-words.js';

const members = await Promise.all(Object.values(commands).map((load) => load()));

describe('the reference of commands', () => {
  test('docs/commands.md says what the commands say; npm run docs rewrites it', async () => {
    const page = fileURLToPath(new URL('../../docs/commands.md', import.meta.url));
    if (process.env['UPDATE_GOLDEN'] !== undefined) await writeFile(page, commandsPage(members));

    assert.equal(await readFile(page, 'utf8'), commandsPage(members));
  });

  for (const { name, examples } of members) {
    for (const [line] of examples) {
      test(`the example of ${name} is understood: ${line}`, async () => {
        const words = shellWords(line);
        const parsed = await parse(commands, words.slice(words.indexOf('octo-ha') + 1));

        assert.equal(parsed.kind === 'run' && parsed.command.name, name);
      });
    }
  }
});
