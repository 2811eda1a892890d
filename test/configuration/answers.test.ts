import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { type Answers, answers, answersText, parseAnswers } from '../../src/configuration/answers.js';

const path = fileURLToPath(new URL('../../schemas/answers.schema.json', import.meta.url));

const generated = () => ({ ...z.toJSONSchema(answers, { io: 'input' }), title: 'Answers to octo-ha init' });

describe('the published schema of the answers', () => {
  test('is the one that octo-ha reads them with', async () => {
    const text = `${JSON.stringify(generated(), null, 2)}\n`;
    if (process.env['UPDATE_GOLDEN']) await writeFile(path, text);

    assert.deepEqual(JSON.parse(await readFile(path, 'utf8')), JSON.parse(text));
  });

  for (const [text, valid] of [
    ['', true],
    ['context: prod\nnodes: [{ host: web-1, cap: 0 }]', true],
    ['masterKey: { env: KEY }', true],
    ['masterKey: bWFzdGVy', false],
    ['nodes: [web-1]', false],
    ['cap: 51', false],
    ['checkInterval: 2', false],
    ['storge: x', false],
  ] as const) {
    test(`${valid ? 'accepts' : 'refuses'} ${text.replaceAll('\n', ', ')}, as octo-ha does`, async () => {
      const validate = new Ajv2020().compile(JSON.parse(await readFile(path, 'utf8')));

      assert.equal(validate(parse(text) ?? {}), valid);
      if (valid) parseAnswers(text, 'a.yaml');
      else assert.throws(() => parseAnswers(text, 'a.yaml'), /a\.yaml:\d+:\d+: /);
    });
  }

  test('is told without the value, which may be a secret in the wrong place', () => {
    assert.throws(
      () => parseAnswers('masterKey: bWFzdGVy', 'a.yaml'),
      ({ message }: Error) => !message.includes('bWFz'),
    );
  });
});

describe('answers that octo-ha writes', () => {
  test('are read as they were', () => {
    const word = fc.string({ unit: 'binary', minLength: 1 });
    const secret = fc.oneof(fc.record({ env: word }), fc.record({ command: fc.array(word, { minLength: 1 }) }));
    const given = fc.record(
      {
        ...{ context: word, connection: word, storage: word, password: secret, masterKey: secret },
        ...{ foldersShared: fc.boolean(), cap: fc.integer({ min: 0, max: 50 }) },
        nodes: fc.array(fc.record({ host: word, name: word }, { requiredKeys: ['host'] })),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(given, (one) => {
        assert.deepEqual(parseAnswers(answersText(one as Answers), 'a.yaml'), JSON.parse(JSON.stringify(one)));
      }),
    );
  });
});
