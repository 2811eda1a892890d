import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { Failure } from '../../src/errors.js';
import { type Share, ShareFailure, type ShareTrouble } from '../../src/ports/share.js';

export interface ShareUnderTest {
  /** Why it cannot be tested here. */
  readonly missing?: string | false;
  /** An empty folder. */
  open(): Promise<Share & AsyncDisposable>;
}

const never = new AbortController().signal;
setMaxListeners(0, never);

const bytes = (text: string) => new TextEncoder().encode(text);
const as = (trouble: ShareTrouble) => (error: unknown) => {
  assert.ok(error instanceof ShareFailure, String(error));
  assert.equal(error.trouble, trouble, error.message);
  return true;
};

/** What every share must do, whatever reaches it. */
export function shareContract(name: string, { missing = false, open }: ShareUnderTest): void {
  describe(`${name} is a share`, { skip: missing }, () => {
    let share: Share & AsyncDisposable;
    before(async () => {
      share = await open();
    });
    after(() => share?.[Symbol.asyncDispose]());

    test('gives back what was written, byte by byte, also when it is replaced', async () => {
      for (const content of [new Uint8Array(randomBytes(300_000)), new Uint8Array(), Uint8Array.of(0, 255, 10, 13)]) {
        await share.write('bytes.bin', content, never);

        assert.deepEqual(Buffer.from(await share.read('bytes.bin', never)), Buffer.from(content));
      }
      await share.remove('bytes.bin', never);
    });

    test('lists files and folders, with sizes, all or those that begin so', async () => {
      assert.equal(await share.makeFolder('lists', never), 'made');
      assert.equal(await share.makeFolder('lists/ServerTasks-1', never), 'made');
      await share.write('lists/servertasks-2.txt', bytes('two'), never);
      await share.write('lists/other', bytes(''), never);

      const sorted = async (beginning: string) =>
        [...(await share.list('lists', beginning, never))].sort((a, b) => (a.name < b.name ? -1 : 1));

      assert.deepEqual(await sorted(''), [
        { name: 'ServerTasks-1', kind: 'folder', size: 0 },
        { name: 'other', kind: 'file', size: 0 },
        { name: 'servertasks-2.txt', kind: 'file', size: 3 },
      ]);
      assert.deepEqual(
        (await sorted('SERVERTASKS-')).map((entry) => entry.name),
        ['ServerTasks-1', 'servertasks-2.txt'],
      );
      assert.deepEqual(await sorted('servertasks-3'), []);
      assert.ok((await share.list('', '', never)).some((entry) => entry.name === 'lists'));
    });

    test('lists an empty folder as empty', async () => {
      await share.makeFolder('empty', never);

      assert.deepEqual(await share.list('empty', '', never), []);
    });

    test('takes names of every kind that a share can have', async () => {
      const names = [
        "o'clock $(x) `y` %z% !",
        'a; b & c',
        '-f',
        '#',
        'ünï — 部署 🐙',
        '~',
        `long ${'x'.repeat(200)}`,
        'a  b',
      ];
      await share.makeFolder('names', never);
      for (const one of names) await share.write(`names/${one}`, bytes(one), never);

      const listed = await share.list('names', '', never);

      assert.deepEqual(listed.map((entry) => entry.name).sort(), [...names].sort());
      for (const one of names) {
        assert.equal(Buffer.from(await share.read(`names/${one}`, never)).toString(), one);
        await share.remove(`names/${one}`, never);
      }
      assert.deepEqual(await share.list('names', '', never), []);
    });

    test('renames', async () => {
      await share.write('before', bytes('same'), never);

      await share.rename('before', 'after', never);

      assert.equal(Buffer.from(await share.read('after', never)).toString(), 'same');
      await assert.rejects(share.read('before', never), as('missing'));
      await share.remove('after', never);
    });

    test('removes what is there and does not mind what is not', async () => {
      await share.makeFolder('gone', never);
      await share.write('gone/file', bytes('x'), never);

      await assert.rejects(share.removeFolder('gone', never), as('not-empty'));
      await share.remove('gone/file', never);
      await share.remove('gone/file', never);
      await share.removeFolder('gone', never);
      await share.removeFolder('gone', never);

      assert.deepEqual(await share.list('', 'gone', never), []);
    });

    test('says that a folder is there already', async () => {
      await share.makeFolder('there', never);

      assert.equal(await share.makeFolder('there', never), 'there');
    });

    test('says what is missing', async () => {
      const nowhere: readonly (() => Promise<unknown>)[] = [
        () => share.list('nothing', '', never),
        () => share.read('nothing', never),
        () => share.write('nothing/file', bytes('x'), never),
        () => share.makeFolder('nothing/folder', never),
        () => share.rename('nothing', 'something', never),
      ];

      for (const ask of nowhere) await assert.rejects(ask, as('missing'));
    });

    test('goes to nothing outside, and to nothing that is no name', async () => {
      for (const path of ['../x', 'a/../../x', '/x', 'a//b', 'a\\b', 'a"b', 'a\nb', '*', 'a?', 'c:', 'x.']) {
        await assert.rejects(
          share.read(path, never),
          (error) => error instanceof Failure && error.kind === 'usage',
          path,
        );
        await assert.rejects(share.remove(path, never), { kind: 'usage' }, path);
      }
    });

    test('knows its free space', async () => {
      const { free, total } = await share.freeSpace(never);

      assert.ok(Number.isFinite(free) && free >= 0 && total > 0 && free <= total, `${free} of ${total}`);
    });

    test('serves a dozen at once and mixes nothing up', async () => {
      await share.makeFolder('many', never);
      const names = Array.from({ length: 12 }, (_, i) => `many/${i}`);

      await Promise.all(names.map((one) => share.write(one, bytes(one), never)));
      const read = await Promise.all(names.map((one) => share.read(one, never)));

      assert.deepEqual(
        read.map((one) => Buffer.from(one).toString()),
        names,
      );
    });

    test('does nothing once aborted', async () => {
      const reason = new Error('enough');

      await assert.rejects(share.makeFolder('aborted', AbortSignal.abort(reason)), reason);

      assert.deepEqual(await share.list('', 'aborted', never), []);
    });
  });
}
