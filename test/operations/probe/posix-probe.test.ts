import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { localShell } from '../../../src/adapters/local-shell.js';
import { sshShell } from '../../../src/adapters/ssh/ssh-shell.js';
import { systemClock } from '../../../src/adapters/system-clock.js';
import type { MachineFacts } from '../../../src/operations/probe/machine-facts.js';
import { type ProbeQuestions, probeDocument, probeMachine } from '../../../src/operations/probe/probe-machine.js';
import { linuxMachine } from '../../support/linux-machine.js';
import { listen, makeKeys, publicKey, startOpenSsh, withoutOpenSsh } from '../../support/open-ssh.js';

const signal = new AbortController().signal;
const address = { manager: 'systemd', service: 'octopus', instance: 'OctopusServer' } as const;
const nothing: ProbeQuestions = { folders: [], reach: [], names: [], port: 10_943, configs: [] };

/** This machine, with stand-ins for systemd and Docker. */
async function probed(
  questions: Partial<ProbeQuestions> = {},
  {
    manager = 'systemd',
    environment = {},
  }: { manager?: 'systemd' | 'docker'; environment?: Record<string, string> } = {},
): Promise<MachineFacts> {
  const shell = localShell({ environment });
  return await probeMachine(shell, { ...address, manager }, { ...nothing, ...questions }, systemClock, signal);
}

async function scratch(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'octo-ha-probe-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const config = (connection: string, home: string) => `<?xml version="1.0" encoding="utf-8"?>
<octopus-settings xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <set key="Octopus.Home">${home}</set>
  <set key="Octopus.Server.NodeName">web-1</set>
  <set key="Octopus.Storage.ExternalDatabaseConnectionString">${connection}</set>
  <set key="Octopus.Storage.MasterKey">c2VjcmV0LW1hc3Rlci1rZXk=</set>
</octopus-settings>
`;

describe('one probe of a Linux machine', { skip: process.platform !== 'linux' && 'it reads /proc' }, () => {
  test('tells what the machine is and how it fares', async () => {
    const facts = await probed();

    assert.equal(facts.os, 'linux');
    assert.ok(facts.host.length > 0 && facts.user.length > 0 && facts.osName.length > 0);
    assert.ok((facts.processors ?? 0) > 0 && (facts.memoryBytes ?? 0) > (facts.memoryAvailableBytes ?? 0));
    assert.ok((facts.uptimeSeconds ?? 0) > 0);
    assert.equal(facts.utcOffsetMinutes, 0 - new Date().getTimezoneOffset());
    assert.ok(Math.abs(facts.clockAheadMs) <= facts.clockDoubtMs, `${facts.clockAheadMs} within ${facts.clockDoubtMs}`);
  });

  for (const zone of ['Asia/Kathmandu', 'America/St_Johns', 'UTC']) {
    test(`tells the offset of ${zone}`, async () => {
      const { utcOffsetMinutes } = await probed({}, { environment: { TZ: zone } });

      const part = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).format(new Date());
      const [, sign = '+', hours = '0', minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(part) ?? [];
      assert.equal(utcOffsetMinutes, (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)));
    });
  }

  test('tells folders with their size, what is in them, and which are not there', async () => {
    await using place = await scratch();
    const there = join(place.path, "it's a $(touch broken) `folder`");
    await mkdir(there);
    for (let i = 1; i <= 25; i++) await writeFile(join(there, `servertasks-${String(i).padStart(3, '0')}.txt`), '');

    const { folders } = await probed({ folders: [there, join(place.path, 'missing')] });

    assert.deepEqual(
      folders.map(({ path, exists, entries }) => [path, exists, entries]),
      [
        [there, true, 25],
        [join(place.path, 'missing'), false, null],
      ],
    );
    assert.equal(folders[0]?.names.length, 20);
    assert.equal(folders[0]?.names.at(-1), 'servertasks-025.txt');
    assert.ok((folders[0]?.totalBytes ?? 0) > (folders[0]?.freeBytes ?? 0) && (folders[0]?.source ?? '') !== '');
    assert.deepEqual((await readdir(place.path)).length, 1);
  });

  test('follows links to where a folder really is', async () => {
    await using place = await scratch();
    await mkdir(join(place.path, 'real'));
    const { symlink } = await import('node:fs/promises');
    await symlink(join(place.path, 'real'), join(place.path, 'link'));

    const { folders } = await probed({ folders: [join(place.path, 'link')] });

    assert.match(folders[0]?.target ?? '', /\/real$/);
  });

  test('tells the node and the database of the configuration, and no secret of it', async () => {
    await using place = await scratch();
    const file = join(place.path, 'Server.linux.config');
    await mkdir(join(place.path, 'Logs'));
    await writeFile(
      join(place.path, 'Logs/OctopusServer.txt'),
      "Could not find a part of the path '/a'.\nfine\nCould not find a part of the path '/b'.\nAccess to the path '/c' is denied.\n",
    );
    await writeFile(
      file,
      config('Server=tcp:sql1,1433;Database=Octopus;User ID=o;Password=hunter2;Server=x', place.path),
    );
    let printed = '';
    const shell = localShell();
    const listening = {
      ...shell,
      run: async (...call: Parameters<typeof shell.run>) => {
        const finished = await shell.run(...call);
        printed = finished.stdout + finished.stderr;
        return finished;
      },
    };

    const facts = await probeMachine(listening, address, { ...nothing, configs: ['/none', file] }, systemClock, signal);

    assert.deepEqual(
      [facts.nodeName, facts.databaseServer, facts.databaseName, facts.home],
      ['web-1', 'tcp:sql1,1433', 'Octopus', place.path],
    );
    assert.deepEqual([facts.log?.['path'], facts.log?.['access'], facts.log?.['pool']], [2, 1, 0]);
    const plain = printed.replace(/"([A-Za-z0-9+/=]{4,})"/g, (_, text: string) =>
      Buffer.from(text, 'base64').toString(),
    );
    for (const secret of ['hunter2', 'c2VjcmV0', 'secret-master']) assert.ok(!plain.includes(secret), secret);
  });

  for (const connection of [
    'Password="a;Server=stolen";Server=sql1;Database=Octopus',
    "Password='a;Database=stolen';Server=sql1;Database=Octopus",
    'Password=&quot;a;Server=stolen&quot;;Server=sql1',
  ]) {
    test(`tells nothing of a connection string with quotes: ${connection.slice(0, 12)}`, async () => {
      await using place = await scratch();
      const file = join(place.path, 'c');
      await writeFile(file, config(connection, place.path));

      const facts = await probed({ configs: [file] });

      assert.deepEqual([facts.databaseServer, facts.databaseName], ['', '']);
    });
  }

  test('tells ports that somebody listens on, what is reached, and who is connected', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => void sockets.push(socket));
    const port = await listen(server);
    const closed = await listen(createServer().unref());
    const client = connect(port, '127.0.0.1');
    await new Promise((resolve) => client.once('connect', resolve));

    const facts = await probed({
      port,
      reach: [`127.0.0.1:${port}`, '127.0.0.1:1'],
      names: ['localhost', 'no.such.name.invalid'],
    });

    assert.ok(facts.listening?.includes(port) && facts.listening.includes(closed));
    assert.deepEqual(facts.pollers, ['127.0.0.1']);
    const reached = new Map(facts.reach.map(({ target, ok }) => [target, ok]));
    assert.deepEqual([reached.get(`127.0.0.1:${port}`), reached.get('127.0.0.1:1')], [true, false]);
    assert.deepEqual(facts.names.find(({ name }) => name === 'no.such.name.invalid')?.addresses, []);
    assert.ok((facts.names.find(({ name }) => name === 'localhost')?.addresses.length ?? 0) > 0);
    client.destroy();
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  for (const [state, start, expected] of [
    ['active', 'enabled', ['running', true]],
    ['inactive', 'disabled', ['stopped', false]],
    ['failed', 'masked', ['failed', false]],
  ] as const) {
    test(`tells a unit that is ${state} and ${start}`, async () => {
      await using machine = await linuxMachine();
      await machine.write('active', `${state}\n`);
      await machine.write('start', `${start}\n`);

      const { service } = await probed({}, { environment: machine.environment });

      assert.deepEqual([service.state, service.automatic], expected);
    });
  }

  test('tells a unit that does not exist', async () => {
    await using machine = await linuxMachine();
    const shell = localShell({ environment: machine.environment });

    const { service } = await probeMachine(shell, { ...address, service: 'missing' }, nothing, systemClock, signal);

    assert.deepEqual([service.state, service.automatic], ['missing', null]);
  });

  test('asks inside a container, and tells its image, restarts and policy', async () => {
    await using place = await scratch();
    const docker = `#!/bin/sh
case $1 in
inspect) case $* in *State.Pid*) echo 1 ;; *) echo 'running|unless-stopped|4|1001|octopusdeploy/octopusdeploy:2025.4.1000' ;; esac ;;
exec) shift 3; INSIDE=yes exec "$@" ;;
esac
`;
    await mkdir(join(place.path, 'bin'));
    await writeFile(join(place.path, 'bin/docker'), docker);
    await chmod(join(place.path, 'bin/docker'), 0o755);

    const facts = await probed(
      { folders: [place.path] },
      { manager: 'docker', environment: { PATH: `${join(place.path, 'bin')}:${process.env['PATH']}` } },
    );

    assert.deepEqual(facts.service, { state: 'running', automatic: true, account: '1001', restarts: 4 });
    assert.equal(facts.version, '2025.4.1000');
    assert.equal(facts.folders[0]?.exists, true);
  });

  test('gives back every path as it was asked for, and runs nothing of it', async () => {
    await using place = await scratch();
    const before = await readdir(place.path);
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.string({ minLength: 1, maxLength: 40 }).filter((text) => !/[\0\n\r]/.test(text) && text.trim() === text),
            fc.constantFrom(
              '$(touch hit)',
              '`touch hit`',
              "';touch hit;'",
              '-rf',
              '"],"x":["',
              '\\',
              '*',
              '~',
              '$IFS',
              'a,b',
            ),
          ),
          { minLength: 1, maxLength: 4 },
        ),
        async (names) => {
          const folders = names.map((name) => `${place.path}/${name}/none`);

          const facts = await probed({ folders });

          assert.deepEqual(
            facts.folders.map(({ path }) => path),
            folders,
          );
        },
      ),
      { numRuns: 15 },
    );
    assert.deepEqual(await readdir(place.path), before);
  });

  test('is understood although a login prints something around it', async () => {
    const shell = localShell();
    const talkative = {
      ...shell,
      run: async (...call: Parameters<typeof shell.run>) => {
        const { stdout, ...rest } = await shell.run(...call);
        return { ...rest, stdout: `Welcome to {"web-1"}\r\n${stdout.replace('\n', '\r\n')}logout\n` };
      },
    };

    assert.equal((await probeMachine(talkative, address, nothing, systemClock, signal)).os, 'linux');
  });

  test('that gives no answer is a failure that says what was printed', async () => {
    const silent = {
      ...localShell(),
      run: async () => ({ exitCode: 1, stdout: '', stderr: 'sudo: a password is required' }),
    };

    await assert.rejects(
      probeMachine(silent, address, nothing, systemClock, signal),
      /gave no answer \(exit code 1\): sudo: a password/,
    );
  });
});

describe('one probe over OpenSSH', { skip: withoutOpenSsh }, () => {
  test('sees the same machine', async () => {
    await using keys = await makeKeys();
    await using server = await startOpenSsh(keys);
    const known = `[127.0.0.1]:${server.port} ${await publicKey(server.hostKeys.ed25519)}\n`;
    await writeFile(keys.path('known'), known);
    const settings = [`UserKnownHostsFile ${keys.path('known')}`, 'GlobalKnownHostsFile none', 'IdentityAgent none'];
    await writeFile(keys.path('config'), `${settings.join('\n')}\n`);
    await using shell = sshShell(
      { host: '127.0.0.1', port: server.port, user: server.user, keyFiles: [keys.plain] },
      { ask: async () => undefined, configuration: { file: keys.path('config') } },
    );
    const questions = { ...nothing, folders: [keys.directory] };

    const facts = await probeMachine(shell, address, questions, systemClock, signal);

    const here = await probed({ folders: [keys.directory] });
    assert.deepEqual([facts.host, facts.user, facts.processors], [here.host, here.user, here.processors]);
    assert.deepEqual(facts.folders[0]?.names, here.folders[0]?.names);
    assert.ok(Math.abs(facts.clockAheadMs) <= facts.clockDoubtMs);
  });
});

describe('the document of a probe', () => {
  test('is JSON with an entry a line', () => {
    const document = probeDocument(address, { ...nothing, folders: ['/a "b"', 'c\n,d'] });

    const parsed = JSON.parse(document) as { folders: string[]; service: string };
    assert.deepEqual(
      parsed.folders.map((text) => Buffer.from(text, 'base64').toString()),
      ['/a "b"', 'c\n,d'],
    );
    assert.equal(document.split('\n').length, 11);
  });
});
