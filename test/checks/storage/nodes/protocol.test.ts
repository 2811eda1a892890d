import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { localShell } from '../../../../src/adapters/local-shell.js';
import { askNode } from '../../../../src/checks/storage/nodes/ask-node.js';
import { encodeRequest, parseProbeAnswer } from '../../../../src/checks/storage/nodes/protocol.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

const text = fc.string({ unit: 'grapheme', maxLength: 60 });

/** What a shell of any kind might take for something else. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '$(touch x)',
        '`touch x`',
        ';',
        '&',
        '|',
        '"',
        "'",
        '\\',
        '\n',
        '\r',
        ' ',
        '*',
        '%PATH%',
        '-',
        '..',
      ),
      text,
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join('').replaceAll('\0', ''))
  .filter(
    (name) => !name.includes('/') && name !== '.' && name !== '..' && Buffer.byteLength(name) < 200 && name !== '',
  );

describe('a request to a node', () => {
  const request = { verb: 'look', path: '/mnt', folder: 'octo-ha-probe-1' } as const;

  test('is JSON with an entry a line, of words or base64, whatever the values are', () => {
    fc.assert(
      fc.property(nasty, nasty, nasty, (path, service, password) => {
        const encoded = encodeRequest({ ...request, path, service, password });

        const parsed = JSON.parse(encoded);
        assert.match(encoded, /^\{\n("[a-z]+":"[A-Za-z0-9+/=._-]*",?\n)+\}\n$/);
        assert.equal(Buffer.from(parsed.path, 'base64').toString(), Buffer.from(path).toString());
        assert.equal(Buffer.from(parsed.password, 'base64').toString(), Buffer.from(password).toString());
      }),
    );
  });

  test('names no folder but a probe', () => {
    for (const folder of ['', '..', 'octo-ha-probe-', 'octo-ha-probe-../x', 'octo-ha-probe-1\n']) {
      assert.throws(() => encodeRequest({ ...request, folder }), folder);
    }
  });

  test('carries no NUL', () => {
    assert.throws(() => encodeRequest({ ...request, path: '/a\0b' }), { kind: 'usage' });
  });

  describe('on this machine', { skip: process.platform !== 'linux' && 'Linux only' }, () => {
    let directory: string;
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'octo-ha-request-'));
    });
    after(() => rm(directory, { recursive: true, force: true }));

    test('reaches the folder that it names, and does nothing else', async () => {
      const shell = localShell();
      await fc.assert(
        fc.asyncProperty(nasty, text, async (name, content) => {
          const path = join(directory, name);
          await mkdir(path);
          const node = { name: 'node-1', shell, language: 'sh', path } as const;
          const folder = 'octo-ha-probe-1';

          const written = await askNode(node, { verb: 'write', folder, file: 'probe', text: content }, never);
          const seen = await askNode(node, { verb: 'see', folder, file: 'probe' }, never);
          const inside = await readdir(path);
          const removed = await askNode(node, { verb: 'remove', folder }, never);

          assert.deepEqual(
            [written.state, seen.state, removed.state],
            ['written', 'seen', 'removed'],
            JSON.stringify(written),
          );
          assert.equal(seen.state === 'seen' && seen.text, Buffer.from(content).toString());
          assert.deepEqual(inside, [folder]);
          assert.deepEqual([await readdir(path), await readdir(directory)], [[], [name]]);
          await rm(path, { recursive: true });
        }),
        { numRuns: 25 },
      );
    });
  });
});

describe('an answer of a node', () => {
  const who = { user: btoa('octo'), account: btoa('svc'), as: 'other' };

  test('is found among what a login prints', () => {
    const line = `octo-ha:${JSON.stringify({ state: 'seen', ...who, text: btoa('hello') })}`;

    assert.deepEqual(parseProbeAnswer(`Welcome!\r\nocto-ha: not this\r\n${line}\r\n\r\nbye\r\n`), {
      state: 'seen',
      user: 'octo',
      account: 'svc',
      as: 'other',
      text: 'hello',
    });
  });

  test('is none where it is not one', () => {
    for (const line of [
      '',
      'octo-ha:',
      'octo-ha:{}',
      `octo-ha:${JSON.stringify({ state: 'seen', ...who })}`,
      'octo-ha:[1',
    ]) {
      assert.equal(parseProbeAnswer(line), undefined, line);
    }
    fc.assert(fc.property(fc.string(), (line) => parseProbeAnswer(`octo-ha:${line}`) === undefined));
  });
});
