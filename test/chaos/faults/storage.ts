import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultLab, Undo } from '../../support/chaos/fault-lab.js';
import type { Fault } from './fault.js';
import { told } from './told.js';

const parts = ['Packages', 'Artifacts', 'TaskLogs', 'Imports', 'EventExports', 'Telemetry'];

const mountOf = (lab: FaultLab) => lab.disk('node-2', 'mnt/share');

/** Something else in the place of the share on one machine. */
async function instead(lab: FaultLab, put: (mount: string) => Promise<void>): Promise<Undo> {
  const mount = mountOf(lab);
  await rm(mount, { recursive: true });
  await put(mount);
  return async () => {
    await rm(mount, { recursive: true, force: true });
    await symlink(join(lab.home, 'share'), mount);
  };
}

/** Enough for a machine to tell two folders apart by what is in them. */
async function withLogs(lab: FaultLab): Promise<void> {
  await lab.ok('lab submit --count 3 --duration 1s..1s');
  for (let i = 1; i <= 3; i++) await writeFile(join(lab.home, `share/Artifacts/artifact-${i}`), '');
}

const isRoot = process.getuid?.() === 0;

/** Root may write to every folder, but not to a file system that is mounted read-only. */
function mountsReadOnly(): string | undefined {
  if (!isRoot) return undefined;
  const { status } = spawnSync('unshare', ['-m', 'true']);
  return status === 0 ? undefined : 'root may not mount here, and may write to every folder';
}

function mount(...argv: readonly string[]): void {
  const { status, stderr } = spawnSync(argv[0] ?? '', argv.slice(1), { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
}

export const storageFaults: readonly Fault[] = [
  {
    id: 'local-folder',
    what: 'the share of one node has become a local folder, and is empty',
    cause: 'storage/same-folder',
    follows: ['storage/really-shared'],
    async inject(lab) {
      await withLogs(lab);
      return await instead(lab, async (mounted) => {
        for (const part of parts) await mkdir(join(mounted, part), { recursive: true });
      });
    },
  },
  {
    id: 'other-files',
    what: 'one node writes its logs to a folder of its own, with other files in it',
    cause: 'storage/really-shared',
    follows: ['storage/same-folder'],
    async inject(lab) {
      await withLogs(lab);
      return await instead(lab, async (mounted) => {
        for (const part of parts) await mkdir(join(mounted, part), { recursive: true });
        for (let i = 1; i <= 3; i++) await writeFile(join(mounted, `Artifacts/own-${i}`), '');
      });
    },
  },
  {
    id: 'replicated',
    what: 'the share of one node is a copy that is kept alike',
    cause: 'storage/same-folder',
    inject: (lab) => instead(lab, (mounted) => cp(join(lab.home, 'share'), mounted, { recursive: true })),
  },
  {
    id: 'not-mounted',
    what: 'the share is not mounted on one node',
    ...{ cause: 'storage/present', node: 'node-2' },
    inject: (lab) => instead(lab, (mounted) => mkdir(mounted).then(() => undefined)),
  },
  {
    id: 'folder-missing',
    what: 'the folder of the task logs is gone from the share',
    cause: 'storage/present',
    async inject(lab) {
      const path = join(lab.home, 'share/TaskLogs');
      await rename(path, `${path}.away`);
      return () => rename(`${path}.away`, path);
    },
  },
  {
    id: 'read-only',
    what: 'the share is mounted read-only on one node',
    ...{ cause: 'storage/may-write', node: 'node-2' },
    missing: mountsReadOnly,
    async inject(lab) {
      const share = join(lab.home, 'share');
      if (!isRoot) {
        const own = (mode: number) => Promise.all(parts.map((part) => chmod(join(share, part), mode)));
        await own(0o500);
        return async () => void (await own(0o700));
      }
      const back = await instead(lab, (mounted) => mkdir(mounted).then(() => undefined));
      mount('mount', '--bind', share, mountOf(lab));
      mount('mount', '-o', 'remount,ro,bind', mountOf(lab));
      return async () => {
        mount('umount', mountOf(lab));
        await back();
      };
    },
  },
  {
    id: 'folder-left-behind',
    what: 'one shared folder was left behind when the storage moved',
    cause: 'storage/one-root',
    inject: (lab) => told(lab, 'server-folders', { TaskLogsDirectory: '/var/tmp' }),
  },
  {
    id: 'file-server-gone',
    what: 'the file server of the shared folders is not reached by any node',
    cause: 'network/storage-from-node',
    follows: ['storage/present'],
    inject: (lab) =>
      told(
        lab,
        'server-folders',
        Object.fromEntries(parts.map((part) => [`${part}Directory`, `\\\\files.invalid\\octopus\\${part}`])),
      ),
  },
  {
    id: 'share-on-localhost',
    what: 'a shared folder is named by localhost',
    cause: 'storage/no-loopback',
    follows: ['storage/one-root', 'storage/present', 'network/storage-from-node'],
    inject: (lab) => told(lab, 'server-folders', { TaskLogsDirectory: '\\\\localhost\\octopus\\TaskLogs' }),
  },
  {
    id: 'folder-on-the-system-drive',
    what: 'the task logs are on the system drive',
    cause: 'storage/configured',
    follows: ['storage/one-root', 'storage/present'],
    inject: (lab) => told(lab, 'server-folders', { TaskLogsDirectory: 'C:\\Octopus\\TaskLogs' }),
  },
];
