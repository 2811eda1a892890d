import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { folderShare } from '../../../src/adapters/share/folder-share.js';
import { openShare } from '../../../src/adapters/share/open-share.js';
import { systemClock } from '../../../src/adapters/system-clock.js';
import type { StorageLocation } from '../../../src/cluster/storage-location.js';
import { folderOptions, folderProgram } from '../../support/share.js';

const never = new AbortController().signal;

/** A pipe that nobody writes to keeps whoever opens it in the system for ever, like a server that is gone. */
describe('a folder of which a file never answers', { skip: process.platform === 'win32' && 'POSIX only' }, () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'octo-ha-dead-'));
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    await writeFile(join(directory, 'file'), 'alive');
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('is given up, and other calls go on', async () => {
    await using dead = folderShare(directory, { ...folderOptions, timeout: 400 });
    await using patient = folderShare(directory, folderOptions);

    const stuck = assert.rejects(dead.read('pipe', never), {
      trouble: 'no-answer',
      kind: 'unreachable',
      message: `${directory} gave no answer in time (read)`,
    });

    assert.equal(Buffer.from(await patient.read('file', never)).toString(), 'alive');
    await stuck;
  });

  test('is given up at once when aborted', async () => {
    await using share = folderShare(directory, folderOptions);
    const ending = new AbortController();

    const stuck = share.read('pipe', ending.signal);
    ending.abort(new Error('enough'));

    await assert.rejects(stuck, /enough/);
    assert.equal(Buffer.from(await share.read('file', never)).toString(), 'alive');
  });

  test('does not keep octo-ha from ending', async () => {
    const program = fileURLToPath(new URL('../../support/programs/leave-a-dead-folder.ts', import.meta.url));
    const words = ['--import', 'tsx', program, directory, folderProgram];

    const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: 120_000 });

    assert.equal(stdout, `${directory} gave no answer in time (read)\n`);
  });

  test('is known by what the process that looks at it says', async () => {
    const broken = folderShare(directory, { ...folderOptions, program: join(directory, 'file') });

    await assert.rejects(broken.read('file', never), { trouble: 'not-here' });
  });
});

describe('a place', () => {
  const unc = { kind: 'unc', server: 'files', share: 'octopus', folder: 'a/b' } as const;
  const open = (location: StorageLocation, platform: NodeJS.Platform, more: object = {}) =>
    openShare(location, { folderProgram, clock: systemClock, platform, ...more });

  test('on Windows is a folder of the system', async () => {
    assert.equal((await open(unc, 'win32')).name, '\\\\files\\octopus\\a\\b');
    assert.equal((await open({ kind: 'drive', letter: 'Z', folder: 'a' }, 'win32')).name, 'Z:\\a');
    assert.equal((await open({ kind: 'path', path: '/mnt/octopus' }, 'linux')).name, '/mnt/octopus');
  });

  for (const [location, platform, message] of [
    [{ kind: 'path', path: '/mnt/octopus' }, 'win32', /no path of Windows/],
    [{ kind: 'drive', letter: 'Z', folder: '' }, 'linux', /^drive Z: means nothing on this machine$/],
    [{ ...unc, port: 1445 }, 'win32', /on port 445 only$/],
  ] as const) {
    test(`is refused where it has no meaning: ${location.kind} on ${platform}`, async () => {
      await assert.rejects(open(location, platform), { trouble: 'not-here', message });
    });
  }

  test('on Windows takes no login, as it would not be used', async () => {
    const credentials = { user: 'octo', password: 'x' };

    await assert.rejects(open(unc, 'win32', { credentials }), { trouble: 'not-here', hint: /net use$/ });
  });

  test('on a file server needs smbclient, and says how to get it', async () => {
    const { PATH } = process.env;
    process.env['PATH'] = '/nowhere';
    try {
      await assert.rejects(open(unc, 'linux'), {
        message: /^smbclient is not installed/,
        hint: /apt install smbclient/,
      });
    } finally {
      process.env['PATH'] = PATH;
    }
  });
});
