import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import ssh2, { type AuthContext, type Connection } from 'ssh2';
import { answersFrom } from '../../../src/adapters/ssh/answers.js';
import type { AskSecret } from '../../../src/adapters/ssh/credentials.js';
import { hostKeyOf } from '../../../src/adapters/ssh/host-trust.js';
import { newSshKey } from '../../../src/adapters/ssh/new-key.js';
import { sshShell } from '../../../src/adapters/ssh/ssh-shell.js';
import { Failure } from '../../../src/errors.js';
import { listen } from '../../support/open-ssh.js';

const never = new AbortController().signal;
/** An ssh configuration that is not there. */
const nowhere = join(tmpdir(), 'octo-ha-no-such-file');
const hostKey = newSshKey();
const parsed = ssh2.utils.parseKey(hostKey.public);
if (parsed instanceof Error) throw parsed;
const { type, fingerprint } = hostKeyOf(parsed.getPublicSSH());

/** What a server may ask and say beside the password of an account: ssh2's own server says all of it. */
type Judge = (attempt: AuthContext) => void;
let judge: Judge;
let port: number;
const connections = new Set<Connection>();
const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
  connections.add(client);
  client.once('close', () => connections.delete(client));
  client.on('error', () => {});
  client.on('authentication', (attempt) => judge(attempt));
  client.on('session', (accept) => {
    accept().on('exec', (acceptCommand) => {
      const channel = acceptCommand();
      channel.write('hello');
      channel.exit(0);
      channel.end();
    });
  });
});

before(async () => {
  port = await listen(server as never);
});

after(() => {
  for (const client of connections) client.end();
  server.close();
});

/** What ssh2's server keeps to itself: its own farewells have no words. */
interface Protocol {
  readonly _packetRW: {
    write: { readonly allocStart: number; alloc(length: number): Buffer; finalize(packet: Buffer): Buffer };
  };
  readonly _cipher: { encrypt(packet: Buffer): void };
}

/** Ends every connection with a reason in words, as the protocol has it: https://www.rfc-editor.org/rfc/rfc4253#section-11.1 */
function farewell(words: string): void {
  const text = Buffer.from(words);
  for (const client of connections) {
    const { _packetRW: packets, _cipher: cipher } = (client as unknown as { readonly _protocol: Protocol })._protocol;
    const message = Buffer.concat([Buffer.from([1, 0, 0, 0, 14, 0, 0, 0, text.length]), text, Buffer.alloc(4)]);
    const packet = packets.write.alloc(message.length);
    message.copy(packet, packets.write.allocStart);
    cipher.encrypt(packets.write.finalize(packet));
  }
}

async function logIn(ask: AskSecret): Promise<string> {
  await using shell = sshShell(
    { host: '127.0.0.1', port, user: 'octo', keyFiles: [], hostKeys: [`${type} ${fingerprint}`] },
    { ask, configuration: { file: nowhere, ssh: null }, readyTimeout: 5_000 },
  );
  return (await shell.run({ language: 'sh', script: '' }, '{}', never)).stdout;
}

const secrets = { read: async (place: { env: string }) => `the ${place.env}` } as never;
const places = { password: { env: 'PASSWORD' }, passphrase: { env: 'PASSPHRASE' } };

describe('logging in by password', () => {
  test('takes the password from where the context says it is', async () => {
    judge = (attempt) =>
      attempt.method === 'password' && attempt.password === 'the PASSWORD'
        ? attempt.accept()
        : attempt.reject(['password']);

    assert.equal(await logIn(answersFrom(places, secrets)), 'hello');
  });

  test('answers what the server asks, and asks a person for a second factor', async () => {
    const asked: string[] = [];
    judge = (attempt) => {
      if (attempt.method !== 'keyboard-interactive') return attempt.reject(['keyboard-interactive']);
      const prompts = [
        { prompt: 'Password: ', echo: false },
        { prompt: 'One-time code: ', echo: true },
      ];
      attempt.prompt(prompts, (answers) => {
        if (answers.join('|') === 'the PASSWORD|123456') attempt.accept();
        else attempt.reject();
      });
    };
    const known = answersFrom(places, secrets);

    const said = await logIn(async (question, signal) => {
      const answer = await known(question, signal);
      if (answer !== undefined || question.kind !== 'prompt') return answer;
      asked.push(question.prompt);
      return '123456';
    });

    assert.deepEqual([said, asked], ['hello', ['One-time code: ']]);
  });

  test('says that it was wrong, and not what it was', async () => {
    judge = (attempt) => attempt.reject(['password']);

    const failure = await logIn(answersFrom(places, secrets)).catch((error: unknown) => error);

    assert.ok(failure instanceof Failure);
    assert.deepEqual(
      [failure.kind, failure.message],
      ['unreachable', `octo@127.0.0.1:${port} does not let us log in: tried a password`],
    );
    assert.doesNotMatch(`${failure.stack} ${JSON.stringify(failure)}`, /the PASSWORD/);
  });

  test('does not repeat a password that the server tells back as it ends the connection', async () => {
    judge = (attempt) => {
      if (attempt.method === 'password') farewell(`no: ${attempt.password}, I said`);
      else attempt.reject(['password']);
    };

    const failure = await logIn(answersFrom(places, secrets)).catch((error: unknown) => error);

    assert.ok(failure instanceof Failure);
    assert.match(failure.message, /cannot reach octo@127\.0\.0\.1:\d+ by ssh: no: …, I said$/);
    assert.doesNotMatch(`${failure.stack} ${JSON.stringify(failure)}`, /the PASSWORD/);
  });

  test('asks for nothing that the server does not take', async () => {
    judge = (attempt) => attempt.reject(['publickey']);

    const failure = await logIn(() => assert.fail('somebody was asked')).catch((error: unknown) => error);

    assert.match(String(failure), /there was nothing to log in with/);
  });

  test('asks after a key that is not enough by itself', async () => {
    judge = (attempt) => {
      if (attempt.method === 'none') attempt.reject(['keyboard-interactive'], true);
      else if (attempt.method === 'keyboard-interactive') {
        attempt.prompt([{ prompt: 'Password:', echo: false }], () => attempt.reject(['password'], true));
      } else if (attempt.method === 'password') attempt.accept();
      else attempt.reject();
    };

    assert.equal(await logIn(answersFrom(places, secrets)), 'hello');
  });

  for (const method of ['password', 'keyboard-interactive'] as const) {
    test(`ends where the person who is asked does not answer, by ${method}`, async () => {
      const ways = [
        method,
        ...(method === 'password' ? (['keyboard-interactive'] as const) : (['publickey'] as const)),
      ];
      judge = (attempt) => {
        if (attempt.method !== 'keyboard-interactive') return attempt.reject([...ways]);
        attempt.prompt([{ prompt: 'Code:', echo: false }], () => attempt.reject([...ways]));
      };
      let questions = 0;

      const failure = await logIn(async () => {
        questions++;
        throw new Failure('interrupted', 'interrupted; nothing was changed');
      }).catch((error: unknown) => error);

      assert.ok(failure instanceof Failure);
      assert.deepEqual(
        [failure.kind, failure.message, questions],
        ['interrupted', 'interrupted; nothing was changed', 1],
      );
    });
  }
});
