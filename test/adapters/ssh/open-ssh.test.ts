import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type SshMachine, type SshOptions, sshShell } from '../../../src/adapters/ssh/ssh-shell.js';
import { Failure } from '../../../src/errors.js';
import type { Bootstrap, Shell } from '../../../src/ports/shell.js';
import { shellContract } from '../../contracts/shell.contract.js';
import {
  generateKey,
  type Keys,
  listen,
  makeKeys,
  type OpenSsh,
  passphrase,
  publicKey,
  startAgent,
  startOpenSsh,
  startWire,
  withoutOpenSsh,
} from '../../support/open-ssh.js';

const never = new AbortController().signal;
setMaxListeners(0, never);
const nobodyToAsk = async () => undefined;
/** Ends by itself once nobody listens. */
const dots = 'while :; do echo .; sleep 0.2; done';
const hello: Bootstrap = { language: 'sh', script: 'echo hello' };

let keys: Keys;
let server: OpenSsh;

before(async () => {
  if (withoutOpenSsh) return;
  keys = await makeKeys();
  server = await startOpenSsh(keys);
});

after(async () => {
  await server?.[Symbol.asyncDispose]();
  await keys?.[Symbol.asyncDispose]();
});

const line = async (port: number, key: string) => `[127.0.0.1]:${port} ${await publicKey(key)}\n`;

const shownBySshKeygen = (key: string) => execFileSync('ssh-keygen', ['-lf', key], { encoding: 'utf8' }).split(' ');

let files = 0;

/** An ssh configuration with its list of known hosts. */
async function configured(knownHosts: string, ...more: readonly string[]): Promise<string> {
  const name = `config-${files++}`;
  const list = keys.path(`${name}-hosts`);
  const file = keys.path(name);
  await writeFile(list, knownHosts);
  const lines = [`UserKnownHostsFile ${list}`, 'GlobalKnownHostsFile none', ...more];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

interface Trying extends Partial<Omit<SshMachine, 'host'>>, Partial<Omit<SshOptions, 'configuration'>> {
  readonly host?: string;
  readonly file?: string;
  readonly ssh?: string | null;
}

/** A shell on the server of this file, by its plain key, unless said otherwise. */
async function shell({
  file,
  ssh,
  ask,
  readyTimeout,
  keepalive,
  outputLimit,
  ...machine
}: Trying = {}): Promise<Shell> {
  const known =
    file ?? (await configured(await line(machine.port ?? server.port, server.hostKeys.ed25519), 'IdentityAgent none'));
  const optional = { readyTimeout, keepalive, outputLimit };
  return sshShell(
    { host: '127.0.0.1', port: server.port, user: server.user, keyFiles: [keys.plain], ...machine },
    {
      ask: ask ?? nobodyToAsk,
      configuration: { file: known, ssh },
      ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    },
  );
}

async function says(opening: Promise<Shell>): Promise<string> {
  await using opened = await opening;
  return (await opened.run(hello, '{}', never)).stdout.trim();
}

async function failureOf(opening: Promise<Shell>): Promise<Failure> {
  const outcome = await says(opening).then(
    (said) => new Error(`it said ${said}`),
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof Failure, String(outcome));
  return outcome;
}

shellContract('OpenSSH', {
  language: 'sh',
  missing: withoutOpenSsh,
  open: async (options) => await shell(options),
});

describe('logging in to OpenSSH', { skip: withoutOpenSsh }, () => {
  test('takes a key file', async () => {
    assert.equal(await says(shell()), 'hello');
  });

  test('asks for the passphrase of a locked key', async () => {
    const asked: unknown[] = [];
    const ask: SshOptions['ask'] = async (question) => {
      asked.push(question);
      return passphrase;
    };

    assert.equal(await says(shell({ keyFiles: [keys.locked], ask })), 'hello');
    assert.deepEqual(asked, [{ kind: 'passphrase', file: keys.locked }]);
  });

  test('asks for no passphrase where a key without one is enough', async () => {
    const ask = () => assert.fail('somebody was asked');

    assert.equal(await says(shell({ keyFiles: [keys.locked, keys.plain], ask })), 'hello');
  });

  test('says which passphrase is wrong, and not what it was', async () => {
    const failure = await failureOf(shell({ keyFiles: [keys.locked], ask: async () => 'not-the-phrase' }));

    assert.equal(failure.kind, 'unreachable');
    assert.match(failure.message, /the key .*locked \(the passphrase is wrong\)/);
    assert.doesNotMatch(JSON.stringify(failure), /not-the-phrase/);
  });

  test('gives a person longer to answer than the server has', async () => {
    const ask = async () => {
      await delay(4_200);
      return passphrase;
    };

    assert.equal(await says(shell({ keyFiles: [keys.locked], ask, readyTimeout: 4_000 })), 'hello');
  });

  test('passes on what went wrong in asking', async () => {
    const ask = () => Promise.reject(new Failure('usage', 'the environment variable PASS is not set'));

    assert.match((await failureOf(shell({ keyFiles: [keys.locked], ask }))).message, /PASS is not set/);
  });

  test('says what was tried', async () => {
    const { kind, message, hint } = await failureOf(shell({ keyFiles: [keys.stranger] }));

    assert.equal(kind, 'unreachable');
    assert.match(message, /does not let us log in: tried the key .*stranger/);
    assert.match(hint ?? '', new RegExp(`ssh -p ${server.port} `));
  });

  test('takes the agent', async () => {
    await using agent = await startAgent(keys, keys.plain);
    const file = await configured(await line(server.port, server.hostKeys.ed25519), `IdentityAgent ${agent.socket}`);

    assert.equal(await says(shell({ file, keyFiles: [] })), 'hello');
  });

  test('goes on without an agent that does not answer', async () => {
    const file = await configured(
      await line(server.port, server.hostKeys.ed25519),
      `IdentityAgent ${keys.path('gone')}`,
    );

    assert.equal(await says(shell({ file })), 'hello');
  });

  for (const ssh of [undefined, null]) {
    test(`takes everything from the ssh configuration, ${ssh === null ? 'without' : 'by'} ssh itself`, async () => {
      const settings = ['Host web', 'HostName 127.0.0.1', `Port ${server.port}`, `User ${server.user}`];
      const known = `web ${await publicKey(server.hostKeys.ed25519)}\n`;
      const more = ['IdentityAgent none', ...settings, `IdentityFile ${keys.plain}`, 'HostKeyAlias web'];
      const file = await configured(known, ...more);
      await using opened = sshShell({ host: 'web' }, { ask: nobodyToAsk, configuration: { file, ssh } });

      assert.equal((await opened.run(hello, '{}', never)).stdout.trim(), 'hello');
    });
  }

  for (const host of ['-oProxyCommand=touch x', '$(touch x)', 'a;b', '']) {
    test(`does not take ${JSON.stringify(host)} for a host`, async () => {
      const { kind } = await failureOf(shell({ host }));

      assert.equal(kind, 'usage');
    });
  }

  test('says that it runs no ProxyCommand', async () => {
    const { kind, hint } = await failureOf(shell({ file: await configured('', 'ProxyCommand nc %h %p') }));

    assert.deepEqual([kind, hint], ['usage', 'Use ProxyJump in the ssh configuration instead']);
  });
});

describe('the host key of OpenSSH', { skip: withoutOpenSsh }, () => {
  test('is refused when unknown, and shown as ssh-keygen shows it', async () => {
    const { kind, message, hint, details } = await failureOf(shell({ file: await configured('') }));

    const [, fingerprint = ''] = shownBySshKeygen(server.hostKeys.ed25519);
    assert.equal(kind, 'refused');
    assert.equal(message, `the host key of 127.0.0.1 is not known: ssh-ed25519 ${fingerprint}`);
    assert.match(hint ?? '', /accept it with: ssh -p/);
    assert.deepEqual(details?.['hostKey'], {
      host: '127.0.0.1',
      port: server.port,
      verdict: 'unknown',
      type: 'ssh-ed25519',
      fingerprint,
    });
  });

  test('is refused when it has changed, with or without a pin', async () => {
    const [, fingerprint = ''] = shownBySshKeygen(server.hostKeys.ed25519);
    const pin = `ssh-ed25519 ${fingerprint}`;
    const file = await configured(await line(server.port, keys.stranger));

    for (const hostKeys of [[], [pin]]) {
      const { kind, message } = await failureOf(shell({ file, hostKeys }));
      assert.equal(kind, 'refused');
      assert.match(message, /has changed[\s\S]*it shows {2}ssh-ed25519 SHA256:[\s\S]*known is {2}ssh-ed25519 SHA256:/);
    }
    assert.equal(await says(shell({ file: await configured(''), hostKeys: [pin] })), 'hello');
  });

  test('is refused when the server has none of the kind that is known', async () => {
    generateKey(keys.path('old'), { type: 'ecdsa' });

    const { kind, message } = await failureOf(
      shell({ file: await configured(await line(server.port, keys.path('old'))) }),
    );

    assert.deepEqual([kind, message], ['refused', '127.0.0.1 shows none of the host keys it is known by']);
  });

  test('is asked for in the kind that is known', async () => {
    assert.equal(await says(shell({ file: await configured(await line(server.port, server.hostKeys.rsa)) })), 'hello');
  });

  test('is found in a hashed list', async () => {
    const file = await configured(await line(server.port, server.hostKeys.ed25519));
    execFileSync('ssh-keygen', ['-H', '-f', `${file}-hosts`], { stdio: 'ignore' });

    assert.match(await readFile(`${file}-hosts`, 'utf8'), /^\|1\|/);
    assert.equal(await says(shell({ file })), 'hello');
  });

  test('is refused when revoked', async () => {
    const listed = await line(server.port, server.hostKeys.ed25519);

    const { kind, message } = await failureOf(shell({ file: await configured(`${listed}@revoked ${listed}`) }));

    assert.equal(kind, 'refused');
    assert.match(message, /is revoked/);
  });

  test('is not taken from a certificate authority, and that is said', async () => {
    const file = await configured(`@cert-authority * ${await publicKey(keys.stranger)}\n`);

    const { kind, hint } = await failureOf(shell({ file }));

    assert.equal(kind, 'refused');
    assert.match(hint ?? '', /@cert-authority\) are not supported/);
  });

  test('is verified although the configuration says that it need not be', async () => {
    const { kind } = await failureOf(shell({ file: await configured('', 'StrictHostKeyChecking no') }));

    assert.equal(kind, 'refused');
  });
});

describe('a connection to OpenSSH', { skip: withoutOpenSsh }, () => {
  test('goes through a jump host, whose key is verified too', async () => {
    await using jump = await startOpenSsh(keys, { name: 'jump' });
    const target = await line(server.port, server.hostKeys.ed25519);
    const known = `${target}${await line(jump.port, jump.hostKeys.ed25519)}`;
    const settings = [
      'IdentityAgent none',
      `IdentityFile ${keys.plain}`,
      `ProxyJump ${jump.user}@127.0.0.1:${jump.port}`,
    ];
    const more = [`Match originalhost 127.0.0.1 exec "test %p = ${server.port}"`, settings.at(-1) ?? ''];

    const file = await configured(known, ...settings.slice(0, -1), ...more);
    assert.equal(await says(shell({ file, keyFiles: [keys.plain] })), 'hello');

    const through = [`${jump.user}@127.0.0.1:${jump.port}`];
    const plain = await configured(known, ...settings.slice(0, -1));
    assert.equal(await says(shell({ file: plain, jumps: through })), 'hello');

    const { kind, message } = await failureOf(
      shell({ file: await configured(target, ...settings.slice(0, -1)), jumps: through }),
    );
    assert.equal(kind, 'refused');
    assert.match(message, /is not known/);
  });

  test('says that a jump host cannot reach the next', async () => {
    const known = await configured(
      await line(server.port, server.hostKeys.ed25519),
      'IdentityAgent none',
      `IdentityFile ${keys.plain}`,
    );

    const { kind, message } = await failureOf(
      shell({ file: known, port: 1, jumps: [`${server.user}@127.0.0.1:${server.port}`] }),
    );

    assert.equal(kind, 'unreachable');
    assert.match(message, /127\.0\.0\.1 cannot reach it/);
  });

  test('that is cut leaves the result unknown, and is made again for the next command', async () => {
    await using wire = await startWire(server.port);
    await using opened = await shell({ port: wire.port });
    const directory = await mkdtemp(join(tmpdir(), 'octo-ha-cut-'));
    const begun: Bootstrap = { language: 'sh', script: `read -r file; echo begun >"$file"; ${dots}` };
    const running = opened.run(begun, `${directory}/begun\n`, never);
    while ((await readFile(join(directory, 'begun'), 'utf8').catch(() => '')) === '') await delay(20);

    wire.cut();

    await assert.rejects(running, (error) => error instanceof Failure && error.kind === 'unknown');
    assert.equal((await opened.run(hello, '{}', never)).stdout.trim(), 'hello');
    await rm(directory, { recursive: true });
  });

  test('that was cut while nothing ran is made again', async () => {
    await using wire = await startWire(server.port);
    await using opened = await shell({ port: wire.port });
    await opened.run(hello, '{}', never);

    wire.cut();

    assert.equal((await opened.run(hello, '{}', never)).stdout.trim(), 'hello');
  });

  test('that carries nothing more is given up', async () => {
    await using wire = await startWire(server.port);
    await using opened = await shell({ port: wire.port, keepalive: 200 });
    await opened.run(hello, '{}', never);
    const running = opened.run({ language: 'sh', script: dots }, '{}', never);
    setTimeout(wire.freeze, 200);

    await assert.rejects(running, (error) => error instanceof Failure && error.kind === 'unknown');
  });

  test('is not waited for longer than allowed', async () => {
    const silent = createServer(() => {});
    const port = await listen(silent);
    const failure = await failureOf(shell({ port, readyTimeout: 300 }));
    silent.close();

    assert.deepEqual(
      [failure.kind, failure.message],
      ['unreachable', `${server.user}@127.0.0.1:${port} does not answer`],
    );
  });

  test('to nobody says so', async () => {
    const { kind, message } = await failureOf(shell({ port: 1 }));

    assert.equal(kind, 'unreachable');
    assert.match(message, /nothing listens there/);
  });

  test('is one for many commands', async () => {
    await using opened = await shell();
    const parent: Bootstrap = { language: 'sh', script: 'echo "$SSH_CONNECTION"' };

    const answers = await Promise.all(Array.from({ length: 10 }, () => opened.run(parent, '{}', never)));

    assert.equal(new Set(answers.map(({ stdout }) => stdout)).size, 1);
  });
});
