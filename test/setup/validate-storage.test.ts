import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Verdict } from '../../src/checks/check.js';
import { storageFolders } from '../../src/cluster/storage-folders.js';
import type { StorageLocation } from '../../src/cluster/storage-location.js';
import { listen, makeKeys } from '../support/open-ssh.js';
import { fileServer, mountShare, withoutOwnMachines } from '../support/own-machine.js';
import { type Samba, startSamba, withoutSamba } from '../support/samba.js';
import { late, spoiling, tcpProxy } from '../support/tcp-proxy.js';
import { problemOf, those, visitStorage } from '../support/visit-storage.js';

const outside = ['resolves', 'reachable', 'login'];
const inside = ['listed', 'folders', 'writable', 'intact', 'renamed', 'removed', 'room', 'latency'];

/** Room and speed are this machine's own. */
const exceptOfThisMachine = (names: readonly string[]) => names.filter((name) => name !== 'room' && name !== 'latency');

describe('validating a folder that is mounted', () => {
  let folder: string;
  let location: StorageLocation;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'octo-ha-mounted-'));
    location = { kind: 'path', path: folder };
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('makes the folders of Octopus and leaves nothing else', async () => {
    const visit = await visitStorage({ location, makeFolders: true });

    assert.deepEqual([...visit.keys()], [...outside, ...inside]);
    assert.deepEqual(those(visit, 'skip'), outside);
    assert.deepEqual(those(visit, 'fail'), []);
    assert.deepEqual((await readdir(folder)).sort(), [...storageFolders].sort());
  });

  test('says which folders are missing, and makes none where it may not', async () => {
    await rm(join(folder, 'Imports'), { recursive: true });
    await rm(join(folder, 'Telemetry'), { recursive: true });

    const visit = await visitStorage({ location });

    assert.equal(problemOf(visit, 'folders'), 'missing: Imports, Telemetry');
    assert.equal((await readdir(folder)).includes('Imports'), false);
  });

  test('says that the folder itself is missing', async () => {
    const visit = await visitStorage({ location: { kind: 'path', path: join(folder, 'nothing') } });

    assert.match(problemOf(visit, 'listed'), /^cannot list \/.*\/nothing: there is nothing of that name$/);
    assert.deepEqual(those(visit, 'fail'), ['listed']);
  });

  test('removes what it has written when it is told to end', async () => {
    const ending = new AbortController();
    const visit = visitStorage({ location, bytes: 256 * 1024 * 1024 }, ending.signal);
    for (;;) {
      const names = await readdir(folder);
      if (names.some((name) => name.startsWith('octo-ha-probe-'))) break;
      await new Promise((resolve) => setImmediate(resolve));
    }

    ending.abort(new Error('enough'));

    await assert.rejects(visit, /enough/);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('octo-ha')),
      [],
    );
  });
});

describe('validating a share of a file server that is far away', { skip: withoutOwnMachines }, () => {
  test('says how long a small file takes, and nothing else', async () => {
    const made = storageFolders.map((name) => `mkdir /srv/${name}`).join('; ');
    await using keys = await makeKeys();
    await using files = await fileServer(keys, 'files', `mount -t tmpfs -o size=40g tmpfs /srv; ${made}`);
    await using way = await tcpProxy({ host: '127.0.0.1', port: files.port }, late(11));
    const path = keys.path('mounted');
    await mkdir(path);
    const remote = { remote: 'files:/srv', configuration: files.under('files', way.port) };
    await using _mounted = await mountShare(remote, path, { file: keys.path('ssh-config') });

    const visit = await visitStorage({ location: { kind: 'path', path }, bytes: 10_000 });

    assert.deepEqual([...those(visit, 'fail'), ...those(visit, 'unknown')], []);
    assert.deepEqual(those(visit, 'warn'), ['latency']);
    assert.match(problemOf(visit, 'latency'), /^a small file takes \d+ ms at best \(.* storageLatency: 20ms\)$/);
  });
});

describe('validating a share of a file server', { skip: withoutSamba }, () => {
  let own: string;
  const formerTmp = process.env['TMPDIR'];
  before(async () => {
    own = await mkdtemp(join(tmpdir(), 'octo-ha-own-'));
  });
  after(async () => {
    await rm(own, { recursive: true, force: true });
  });
  // What octo-ha itself needs on the disk is in a place that can be looked at.
  beforeEach(() => {
    process.env['TMPDIR'] = own;
  });
  afterEach(async () => {
    if (formerTmp === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = formerTmp;
    delete process.env['SMB_CONF_PATH'];
    assert.deepEqual(await readdir(own), [], 'files with a login are left behind');
  });

  for (const [name, settings] of [
    ['as it comes', []],
    ['that demands signing', ['server signing = mandatory']],
    ['that takes SMB 3 only', ['server min protocol = SMB3']],
    ['that demands encryption', ['server smb encrypt = required']],
    [
      'that demands all of it',
      ['server min protocol = SMB3_11', 'server signing = mandatory', 'server smb encrypt = required'],
    ],
  ] as const) {
    test(`passes on one ${name}`, async () => {
      await using samba = await startSamba({ settings });
      const { credentials } = samba;

      const visit = await visitStorage({ location: samba.location(), credentials, makeFolders: true });

      assert.deepEqual(exceptOfThisMachine(those(visit, 'pass')), exceptOfThisMachine([...outside, ...inside]));
      assert.deepEqual((await readdir(samba.folder)).sort(), [...storageFolders].sort());
    });
  }

  describe('that is in order', () => {
    let samba: Samba;
    before(async () => {
      delete process.env['TMPDIR'];
      samba = await startSamba();
    });
    after(() => samba?.[Symbol.asyncDispose]());
    afterEach(async () => assert.deepEqual(await readdir(samba.folder), [], 'something is left on the share'));

    const visited = (location: StorageLocation, more: { password?: string; timeout?: number } = {}) => {
      const { timeout } = more;
      const credentials = { ...samba.credentials, ...(more.password === undefined ? {} : { password: more.password }) };
      return visitStorage({ location, credentials, ...(timeout === undefined ? {} : { timeout }) });
    };
    const only = (visit: ReadonlyMap<string, Verdict>, failing: string, problem: RegExp) => {
      assert.deepEqual(those(visit, 'fail'), [failing]);
      assert.match(problemOf(visit, failing), problem);
    };

    test('says that the password is wrong', async () => {
      const visit = await visited(samba.location(), { password: 'another' });

      only(visit, 'login', /refused the login as \S+: wrong user or password$/);
      assert.deepEqual(those(visit, 'skip'), inside);
    });

    test('says that there is no such share', async () => {
      only(
        await visited(samba.location('nothing')),
        'login',
        /^the server has no share of that name: smb:.*\/nothing$/,
      );
    });

    test('says that the share is for others', async () => {
      only(await visited(samba.location('closed')), 'login', /^the share does not admit \S+: smb:.*\/closed$/);
    });

    test('says that the folder is missing', async () => {
      const visit = await visited(samba.location('octopus', 'a/b'));

      only(visit, 'listed', /^cannot list smb:.*\/octopus\/a\/b: there is nothing of that name$/);
      assert.equal(visit.get('login')?.status, 'pass');
    });

    test('says that the share may only be read', async () => {
      const { credentials } = samba;

      const visit = await visitStorage({ location: samba.location('archive'), credentials });

      assert.deepEqual(exceptOfThisMachine(those(visit, 'fail')), ['writable']);
      assert.match(
        problemOf(visit, 'writable'),
        /^it may be read, not changed: cannot make the folder "octo-ha-probe-.*: access is denied$/,
      );
      assert.deepEqual(those(visit, 'skip'), ['intact', 'renamed', 'removed']);
    });

    test('removes what it has written when it is told to end', async () => {
      const ending = new AbortController();
      const { credentials } = samba;
      const visit = visitStorage({ location: samba.location(), credentials }, ending.signal);
      while ((await readdir(samba.folder)).length === 0) await new Promise((resolve) => setImmediate(resolve));

      ending.abort(new Error('enough'));

      await assert.rejects(visit, /enough/);
    });

    test('says that nothing listens', async () => {
      const server = createServer();
      const port = await listen(server);
      server.close();
      await once(server, 'close');

      const visit = await visited({ ...samba.location(), port });

      only(visit, 'reachable', /^127\.0\.0\.1 on port \d+ refuses the connection/);
    });

    test('says that the server has no address', async () => {
      only(
        await visited({ ...samba.location(), server: 'no-such-host.invalid' }),
        'resolves',
        /has no address|EAI_AGAIN/,
      );
    });

    test('gives up on a server that never answers', async () => {
      const silent = createServer((socket) => socket.resume());
      const port = await listen(silent);

      const visit = await visited({ ...samba.location(), port }, { timeout: 1_500 });

      only(visit, 'login', /gave no answer in time \(list\)$/);
      silent.close();
      await once(silent, 'close');
    });

    test('says that what listens is no file server', async () => {
      const other = createServer((socket) => socket.destroy());
      const port = await listen(other);

      only(await visited({ ...samba.location(), port }), 'login', /^the connection to .* was lost \(list\)$/);

      other.close();
      await once(other, 'close');
    });
  });

  for (const [name, settings, problem] of [
    ['takes no version of SMB that is offered', ['server min protocol = SMB3'], /takes no version of SMB/],
    ['demands an encryption that is not offered', ['server smb encrypt = required'], /although the login was good$/],
  ] as const) {
    test(`says that the server ${name}`, async () => {
      await using samba = await startSamba({ settings });
      const configuration = `${samba.folder}/../client.conf`;
      await writeFile(configuration, '[global]\nclient max protocol = SMB2_10\n');
      process.env['SMB_CONF_PATH'] = configuration;

      const visit = await visitStorage({ location: samba.location(), credentials: samba.credentials });

      assert.deepEqual(those(visit, 'fail'), ['login']);
      assert.match(problemOf(visit, 'login'), problem);
      assert.deepEqual(await readdir(samba.folder), []);
    });
  }

  const failing = (visit: ReadonlyMap<string, Verdict>) =>
    exceptOfThisMachine([...those(visit, 'fail'), ...those(visit, 'warn'), ...those(visit, 'unknown')]);

  test('says that files may not be renamed, where the server refuses the new name', async () => {
    await using samba = await startSamba({ settings: ['veto files = /renamed/'] });
    const { credentials } = samba;

    const visit = await visitStorage({ location: samba.location(), credentials, makeFolders: true });

    assert.deepEqual(failing(visit), ['renamed']);
    assert.match(
      problemOf(visit, 'renamed'),
      /^cannot rename "\S+\/written" to "\S+\/renamed" in smb:\S+: there is nothing of that name$/,
    );
    assert.deepEqual((await readdir(samba.folder)).sort(), [...storageFolders].sort());
  });

  test('says what it could not remove, where nothing may be taken away any more', async (t) => {
    await using samba = await startSamba();
    const inner = join(samba.folder, 'inner');
    await mkdir(inner);
    if (spawnSync('chattr', ['+a', inner]).status !== 0) return t.skip('no folder can be made append-only here');
    try {
      const location = samba.location('octopus', 'inner');

      const visit = await visitStorage({ location, credentials: samba.credentials, makeFolders: true });

      assert.deepEqual(failing(visit), ['removed']);
      assert.match(problemOf(visit, 'removed'), /^may still be there: octo-ha-probe-\S+ \(.* denied\)$/);
      const left = (await readdir(inner)).filter((name) => !storageFolders.some((folder) => folder === name));
      assert.deepEqual(left.length, 1, left.join());
    } finally {
      spawnSync('chattr', ['-a', inner]);
    }
  });

  test('says that a byte has changed on its way', async () => {
    await using samba = await startSamba();
    await using gateway = await tcpProxy({ host: '127.0.0.1', port: samba.port }, spoiling());
    const location = { ...samba.location(), port: gateway.port };

    const visit = await visitStorage({ location, credentials: samba.credentials, makeFolders: true });

    assert.deepEqual(failing(visit), ['intact']);
    assert.match(problemOf(visit, 'intact'), /^what was read differs from what was written, from byte \d+$/);
  });

  test('says that the disk is full, and leaves no part of a file', async (t) => {
    await using samba = await startSamba();
    const inner = join(samba.folder, 'inner');
    await mkdir(inner);
    const mounting = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', inner], { encoding: 'utf8' });
    if (mounting.status !== 0) return t.skip('nothing can be mounted here');
    try {
      const location = samba.location('octopus', 'inner');

      const visit = await visitStorage({ location, credentials: samba.credentials, makeFolders: true });

      assert.match(problemOf(visit, 'writable'), /the disk is full, or a quota is used up$/);
      assert.match(problemOf(visit, 'room'), /has \d+% free, 0 GB: less than 1 GB$/);
      assert.deepEqual((await readdir(inner)).sort(), [...storageFolders].sort());
    } finally {
      spawnSync('umount', [inner]);
    }
  });
});
