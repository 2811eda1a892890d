import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { configuration } from '../../src/configuration/configuration.js';
import { parseConfiguration } from '../../src/configuration/parse.js';

const path = fileURLToPath(new URL('../../schemas/context-file.schema.json', import.meta.url));

/** An editor checks the file against this one; octo-ha itself reads it with the other. */
const generated = () => ({
  ...z.toJSONSchema(configuration, { io: 'input' }),
  title: 'The context file of octo-ha',
});

describe('the published schema of the context file', () => {
  test('is the one that octo-ha reads it with', async () => {
    const text = `${JSON.stringify(generated(), null, 2)}\n`;
    if (process.env['UPDATE_GOLDEN']) await writeFile(path, text);

    assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), JSON.parse(text));
  });

  for (const [text, valid] of [
    ['contexts: {}', true],
    ['current: p\ncontexts: { p: { database: { connection: x, password: { keyring: k } } } }', true],
    ['contexts: { p: { database: { engine: sqlite, directory: /d } } }', true],
    ['contexts: { p: { database: { connection: x, password: geheim } } }', false],
    ['contexts: { p: { database: { connection: x, password: { prompt: false } } } }', false],
    ['contexts: { p: {} }', false],
    ['context: {}', false],
  ] as const) {
    test(`${valid ? 'accepts' : 'refuses'} ${text.replaceAll('\n', ', ')}, as octo-ha does`, async () => {
      const validate = new Ajv2020().compile(JSON.parse(await readFile(path, 'utf8')));

      assert.equal(validate(parse(text)), valid);
      if (valid) parseConfiguration(text, 'c');
      else assert.throws(() => parseConfiguration(text, 'c'));
    });
  }
});
