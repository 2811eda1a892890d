/**
 * A machine with its own view of what is everybody's otherwise: mounts, hosts file, system, what its kernel tells, time
 * since its start. OpenSSH's own server runs in namespaces, over files that a test may write; what its kernel tells is put
 * in the place of /proc as LXCFS does it for containers. Shares are mounted there by sshfs, from a file server that is
 * OpenSSH too.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { sshShell } from '../../src/adapters/ssh/ssh-shell.js';
import type { Shell } from '../../src/ports/shell.js';
import { eventually } from './eventually.js';
import { type Keys, type OpenSsh, publicKey, startOpenSsh, withoutOpenSsh } from './open-ssh.js';

const unshare = ['unshare', '--mount', '--time'];

/** Why there are no such machines here. */
export const withoutOwnMachines: string | false =
  withoutOpenSsh ||
  (process.platform !== 'linux' && 'Linux only') ||
  (process.getuid?.() !== 0 && 'needs root') ||
  (spawnSync('sshfs', ['--version']).error !== undefined && 'sshfs is not installed') ||
  (spawnSync(unshare[0] ?? '', [...unshare.slice(1), 'test', '-c', '/dev/fuse']).status !== 0 &&
    'nothing can be mounted here');

/** A file server with disks of its own. */
export interface FileServer extends AsyncDisposable {
  readonly port: number;
  readonly hostKeys: OpenSsh['hostKeys'];
  /** For the configuration of ssh: how it is reached under this name, at its own port or another one. */
  under(name: string, port?: number): string;
}

/** `disks` is a line of `sh` that mounts and fills what it serves. */
export async function fileServer(
  keys: Keys,
  name: string,
  disks: string,
  hostKeys?: OpenSsh['hostKeys'],
): Promise<FileServer> {
  const server = await startOpenSsh(keys, {
    ...{ name, ...(hostKeys === undefined ? {} : { hostKeys }) },
    settings: ['Subsystem sftp internal-sftp'],
    within: ['unshare', '--mount', 'sh', '-c', `set -e; ${disks}; exec "$@"`, name],
  });
  const known = keys.path(`known-${name}`);
  await writeFile(known, `${name} ${await publicKey(server.hostKeys.ed25519)}\n`);
  return {
    ...{ port: server.port, hostKeys: server.hostKeys },
    under: (alias, port = server.port) =>
      [
        `Host ${alias}`,
        '  HostName 127.0.0.1',
        `  Port ${port}`,
        `  HostKeyAlias ${name}`,
        `  UserKnownHostsFile ${known}`,
        `  IdentityFile ${keys.plain}`,
        '  IdentitiesOnly yes',
        '',
      ].join('\n'),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A share of a file server in the place of a folder of this machine, or of a process that sees other mounts. */
export async function mountShare(
  { remote, configuration }: RemoteFolder,
  folder: string,
  { file, of = 'self' }: { readonly file: string; readonly of?: number | 'self' },
): Promise<AsyncDisposable> {
  await writeFile(file, configuration);
  const within = of === 'self' ? [] : ['nsenter', '--target', String(of), '--mount', '--'];
  const [program = '', ...words] = [...within, 'sshfs', '-f', '-F', file, remote, folder];
  const mounting = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  mounting.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = once(mounting, 'exit');
  await eventually(async () => {
    const mounts = await readFile(`/proc/${of}/mounts`, 'utf8');
    if (!mounts.includes(` ${folder} fuse.sshfs `)) throw new Error(`${remote} is not mounted: ${said}`);
  });
  return {
    async [Symbol.asyncDispose]() {
      mounting.kill('SIGTERM');
      await ended;
    },
  };
}

/** `server:/folder`, and how ssh finds that server. */
interface RemoteFolder {
  readonly remote: string;
  readonly configuration: string;
}

/** Files of a machine that stand in the place of the host's. */
const places = {
  hosts: '/etc/hosts',
  system: '/etc/os-release',
  processors: '/proc/cpuinfo',
  memory: '/proc/meminfo',
  load: '/proc/loadavg',
} as const;

/** Directories likewise. */
const directories = { run: '/run', home: '/home', mnt: '/mnt', bin: '/usr/local/bin' } as const;

type OwnFile = keyof typeof places | `${keyof typeof directories}/${string}`;

/** A folder of the host, or of a file server. */
export type Mount = { readonly folder: string } | RemoteFolder;

export type OwnFiles = Readonly<Partial<Record<OwnFile, string>>>;

export interface OwnMachine extends AsyncDisposable {
  readonly shell: Shell;
  write(files: OwnFiles): Promise<void>;
  /** Its files as they were at first, and no others. */
  restore(): Promise<void>;
  /** In the place of what was mounted before. */
  mount(what: Mount): Promise<void>;
}

/** Where a share is on it. */
export const mountPoint = '/mnt/octopus';

export async function ownMachine(
  keys: Keys,
  name: string,
  files: OwnFiles,
  { upFor, hostKeys }: { readonly upFor: number; readonly hostKeys: OpenSsh['hostKeys'] },
): Promise<OwnMachine> {
  const path = (file: string) => join(keys.path(name), file);
  for (const directory of [...Object.keys(directories), 'run/sshd', 'mnt/octopus'])
    await mkdir(path(directory), { recursive: true });

  const written = new Set<string>();
  async function write(texts: OwnFiles): Promise<void> {
    for (const [file, text = ''] of Object.entries(texts)) {
      await mkdir(dirname(path(file)), { recursive: true });
      await writeFile(path(file), text);
      if (file.startsWith('bin/')) await chmod(path(file), 0o755);
      written.add(file);
    }
  }
  await write(files);

  const binds = Object.entries({ ...directories, ...places }).map(
    ([own, place]) => `mount --bind ${path(own)} ${place}`,
  );
  const server = await startOpenSsh(keys, {
    ...{ name, hostKeys },
    within: [
      ...unshare,
      `--boottime=${Math.round(upFor - uptime())}`,
      ...['sh', '-c', `${binds.join(' && ')} && exec "$@"`, name],
    ],
  });
  const known = keys.path(`known-${name}`);
  await writeFile(known, `[127.0.0.1]:${server.port} ${await publicKey(server.hostKeys.ed25519)}\n`);
  await writeFile(
    keys.path(`config-${name}`),
    `UserKnownHostsFile ${known}\nGlobalKnownHostsFile none\nIdentityAgent none\n`,
  );
  const shell = sshShell(
    { host: '127.0.0.1', port: server.port, user: server.user, keyFiles: [keys.plain] },
    { ask: async () => undefined, configuration: { file: keys.path(`config-${name}`) } },
  );
  let mounted: ({ readonly what: Mount } & AsyncDisposable) | undefined;

  return {
    shell,
    write,
    async restore() {
      for (const file of written) if (files[file as OwnFile] === undefined) await rm(path(file));
      written.clear();
      await write(files);
    },
    async mount(what) {
      if (isDeepStrictEqual(mounted?.what, what)) return;
      await mounted?.[Symbol.asyncDispose]();
      const done =
        'folder' in what
          ? bind(what.folder, server.pid)
          : await mountShare(what, mountPoint, { file: path('ssh-config'), of: server.pid });
      mounted = { what, ...done };
    },
    async [Symbol.asyncDispose]() {
      await shell[Symbol.asyncDispose]();
      await mounted?.[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function bind(folder: string, of: number): AsyncDisposable {
  const inside = (...words: readonly string[]) => {
    const { status, stderr } = spawnSync('nsenter', ['--target', String(of), '--mount', '--', ...words], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
  };
  inside('mount', '--bind', folder, mountPoint);
  return { [Symbol.asyncDispose]: async () => inside('umount', mountPoint) };
}
