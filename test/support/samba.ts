import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { nodeNetwork } from '../../src/adapters/node-network.js';
import type { StorageLocation } from '../../src/cluster/storage-location.js';
import type { ShareCredentials } from '../../src/ports/share.js';
import { eventually } from './eventually.js';
import { listen } from './open-ssh.js';

const missingProgram = ['smbd', 'pdbedit', 'smbclient'].find(
  (program) => spawnSync(program, ['--version']).error !== undefined,
);

/** Why Samba's own server cannot be used here. */
export const withoutSamba =
  process.platform === 'win32'
    ? 'the tests start Samba by themselves on POSIX only'
    : missingProgram !== undefined && `${missingProgram} is not installed (samba, smbclient)`;

export interface Samba extends AsyncDisposable {
  readonly port: number;
  /** What it shares, on its own disk. */
  readonly folder: string;
  readonly credentials: ShareCredentials;
  /** `octopus` for all, `archive` to read only, `closed` to somebody else. */
  location(share?: string, folder?: string): StorageLocation & { readonly kind: 'unc' };
}

/** Samba's own server on the loopback address, for whoever runs the tests. */
export async function startSamba({
  settings = [],
  password = 'pass "word" 1',
  folder: given,
}: {
  /** Lines for all shares. */
  readonly settings?: readonly string[];
  readonly password?: string;
  /** What it shares, where that is there already. */
  readonly folder?: string;
} = {}): Promise<Samba> {
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-samba-'));
  const path = (name: string) => join(directory, name);
  const folder = given ?? path('share');
  for (const name of ['share', 'private', 'state', 'log']) await mkdir(path(name));
  const port = await freePort();
  const user = userInfo().username;
  const state = ['lock', 'pid', 'state', 'cache'].map((what) => `${what} directory = ${path('state')}`);
  const shares = { octopus: ['read only = no'], archive: ['read only = yes'], closed: ['read only = no'] };
  await writeFile(
    path('smb.conf'),
    [
      '[global]',
      'workgroup = OCTO',
      'server role = standalone server',
      `smb ports = ${port}`,
      'interfaces = lo',
      'bind interfaces only = yes',
      'disable netbios = yes',
      ...state,
      `private dir = ${path('private')}`,
      `ncalrpc dir = ${path('state/ncalrpc')}`,
      `log file = ${path('log/log.%m')}`,
      `passdb backend = tdbsam:${path('private/passdb.tdb')}`,
      'load printers = no',
      'printing = bsd',
      'printcap name = /dev/null',
      'disable spoolss = yes',
      'map to guest = never',
      ...settings,
      ...Object.entries(shares).flatMap(([name, own]) => [
        `[${name}]`,
        `path = ${folder}`,
        `valid users = ${name === 'closed' ? 'nobody' : user}`,
        ...own,
      ]),
      '',
    ].join('\n'),
  );
  const input = `${password}\n${password}\n`;
  // Unlike smbpasswd, also for who is not root.
  execFileSync('pdbedit', ['-s', path('smb.conf'), '-a', '-t', '-u', user], {
    input,
    stdio: ['pipe', 'ignore', 'pipe'],
  });

  // It makes a group of its own, which it asks to end when it ends.
  const server = spawn('smbd', ['-s', path('smb.conf'), '--foreground', '--debug-stdout'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (chunk) => {
      log += chunk;
    });
  }
  const ended = once(server, 'exit');
  await eventually(async () => {
    if (server.exitCode !== null) throw new Error(`smbd has ended: ${log}`);
    await nodeNetwork.connect('127.0.0.1', port, AbortSignal.timeout(5_000));
  });
  return {
    port,
    folder,
    credentials: { user, password },
    location: (share = 'octopus', inside = '') => ({ kind: 'unc', server: '127.0.0.1', port, share, folder: inside }),
    async [Symbol.asyncDispose]() {
      server.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}
