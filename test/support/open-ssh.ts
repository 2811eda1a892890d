import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Why OpenSSH's own server cannot be used here. */
export const withoutOpenSsh =
  process.platform === 'win32'
    ? 'the tests start OpenSSH by themselves on POSIX only'
    : spawnSync('sshd', ['-V']).error !== undefined && 'OpenSSH is not installed (openssh-server)';

export const passphrase = 'a long "pass" phrase';

/** A directory with keys to log in with. */
export interface Keys extends AsyncDisposable {
  readonly directory: string;
  readonly plain: string;
  readonly locked: string;
  /** Accepted nowhere. */
  readonly stranger: string;
  path(name: string): string;
}

export async function makeKeys(): Promise<Keys> {
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-ssh-'));
  const path = (name: string) => join(directory, name);
  generateKey(path('plain'));
  generateKey(path('locked'), { secret: passphrase });
  generateKey(path('stranger'));
  return {
    directory,
    plain: path('plain'),
    locked: path('locked'),
    stranger: path('stranger'),
    path,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

export function generateKey(file: string, { type = 'ed25519', secret = '' } = {}): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', secret, '-C', 'test', '-f', file]);
}

/** The first three fields that a line of known hosts has for it, without the host. */
export async function publicKey(file: string): Promise<string> {
  return (await readFile(`${file}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
}

export interface OpenSsh extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  readonly user: string;
  /** Files of its host keys; each has its public half beside it. */
  readonly hostKeys: { readonly ed25519: string; readonly rsa: string };
}

/** OpenSSH's own server on the loopback address, for whoever runs the tests. */
export async function startOpenSsh(
  keys: Keys,
  {
    name = 'a',
    settings = [] as readonly string[],
    /** A program that becomes the server, in surroundings of its own. */
    within = [] as readonly string[],
    /** Of another server; making an RSA key takes its time. */
    hostKeys = makeHostKeys(keys, name),
  } = {},
): Promise<OpenSsh> {
  const accepted = await Promise.all([keys.plain, keys.locked].map(publicKey));
  await writeFile(keys.path('authorized'), `${accepted.join('\n')}\n`);
  // Where OpenSSH's server gives up its rights as root; the package's own service makes it when it starts.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });

  const port = await freePort();
  const configuration = keys.path(`sshd-${name}`);
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKeys.ed25519}`,
    `HostKey ${hostKeys.rsa}`,
    'PidFile none',
    `AuthorizedKeysFile ${keys.path('authorized')}`,
    'StrictModes no',
    // The first word on a matter counts.
    ...settings,
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'MaxStartups 100',
  ];
  await writeFile(configuration, `${lines.join('\n')}\n`);
  const program = execFileSync('sh', ['-c', 'command -v sshd'], { encoding: 'utf8' }).trim();
  const [first = '', ...words] = [...within, program, '-D', '-e', '-f', configuration];
  const server = spawn(first, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  server.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const ended = once(server, 'exit');
  for (let looks = 0; !log.includes('Server listening'); looks++) {
    if (looks === 400 || server.exitCode !== null) throw new Error(`sshd does not start: ${log}`);
    await delay(25);
  }
  return {
    port,
    pid: server.pid ?? Number.NaN,
    user: userInfo().username,
    hostKeys,
    async [Symbol.asyncDispose]() {
      server.kill('SIGTERM');
      await ended;
    },
  };
}

function makeHostKeys(keys: Keys, name: string): OpenSsh['hostKeys'] {
  const made = { ed25519: keys.path(`host-${name}-ed25519`), rsa: keys.path(`host-${name}-rsa`) };
  generateKey(made.ed25519);
  generateKey(made.rsa, { type: 'rsa' });
  return made;
}

/** An agent that holds one key. */
export async function startAgent(keys: Keys, key: string): Promise<AsyncDisposable & { readonly socket: string }> {
  const socket = keys.path('agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(agent, 'exit');
  await once(agent.stdout, 'data');
  chmodSync(key, 0o600);
  execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  return {
    socket,
    async [Symbol.asyncDispose]() {
      agent.kill();
      await ended;
    },
  };
}

/** Passes bytes on to a port, until told to break what it carries. */
export interface Wire extends AsyncDisposable {
  readonly port: number;
  /** Ends every connection it carries. */
  cut(): void;
  /** Keeps them open and carries nothing more. */
  freeze(): void;
}

export async function startWire(to: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(to, '127.0.0.1');
    for (const one of [socket, onward]) {
      sockets.add(one);
      one.on('error', () => {});
      one.once('close', () => sockets.delete(one));
    }
    socket.pipe(onward).pipe(socket);
    socket.once('close', () => onward.destroy());
    onward.once('close', () => socket.destroy());
  });
  const port = await listen(server);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    cut,
    freeze() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}
