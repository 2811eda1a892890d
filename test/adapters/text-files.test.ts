import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { textFiles } from '../../src/adapters/text-files.js';
import { Failure } from '../../src/errors.js';

describe("somebody else's file", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'octo-ha-files-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const fails = (message: string) => (error: unknown) =>
    error instanceof Failure && error.kind === 'usage' && error.message === message;

  test('is made readable for everybody where there is none, and keeps its rights and owner otherwise', async () => {
    const path = join(folder, 'a.conf');

    await textFiles.replace(path, 'new\n');
    assert.equal(((await stat(path)).mode & 0o777).toString(8), '644');
    await writeFile(path, 'old\n', { mode: 0o600 });
    const { uid, gid } = await stat(path);
    await textFiles.replace(path, 'newer\n');

    assert.equal(await textFiles.read(path), 'newer\n');
    assert.deepEqual([(await stat(path)).uid, (await stat(path)).gid], [uid, gid]);
    assert.deepEqual(await readdir(folder), ['a.conf']);
  });

  test('is no file where there is none, and can be removed twice', async () => {
    const path = join(folder, 'none.conf');
    await textFiles.replace(path, 'x');

    await textFiles.remove(path);
    await textFiles.remove(path);

    assert.equal(await textFiles.read(path), undefined);
  });

  test('is named with the reason when it cannot be used, and nothing is left behind', async () => {
    const directory = join(folder, 'directory');
    await mkdir(directory);
    const lost = join(folder, 'no', 'such.conf');

    await assert.rejects(textFiles.replace(lost, 'x'), fails(`cannot write ${lost}: there is no such directory`));
    await assert.rejects(textFiles.read(directory), fails(`cannot read ${directory}: it is a directory`));
    await assert.rejects(textFiles.replace(directory, 'x'), fails(`cannot write ${directory}: it is a directory`));
    assert.ok(!(await readdir(folder)).some((name) => name.endsWith('.new')));
  });
});
