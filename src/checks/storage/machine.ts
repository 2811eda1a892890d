import type { FolderFacts } from '../../operations/probe/machine-facts.js';
import { fail, pass, skip, unknown, type Verdict } from '../check.js';
import { type Machines, machineCheck, machinesCheck } from '../kinds.js';
import { judgeRoom } from './room.js';

const notKnown = 'where the shared storage is is not known (an API key tells; or doctor.sharedFolders in the context)';

/** Disks of one machine; everything else is on the network or carried about. */
const local = /^(ext|xfs|btrfs|zfs|overlay|tmpfs|ntfs|refs|fat|exfat)/i;

const present = machineCheck({
  id: 'storage/present',
  title: 'every shared folder is there',
  why: 'Seen by the login of octo-ha, which may see less than the service account: a mapped drive belongs to one account.',
  cure: {
    text: 'Map or mount it for the service account, or use a UNC path.',
    commands: ['Octopus.Server path --instance INSTANCE --clusterShared \\\\SERVER\\SHARE'],
  },
  judge({ folders, user, service }): Verdict {
    if (folders.length === 0) return skip(notKnown);
    const missing = folders.filter(({ exists }) => !exists).map(({ path }) => path);
    if (missing.length === 0) return pass({ folders: folders.map(({ path }) => path) });
    // A login by key has no credentials on a Windows network.
    const other = service.account !== '' && service.account.toLowerCase() !== user.toLowerCase();
    if (other) return unknown(`not seen: ${missing.join(', ')}; seen as ${user}, not as ${service.account}`);
    return fail(`not there: ${missing.join(', ')}`, { evidence: { missing } });
  },
});

const notLocal = machineCheck({
  id: 'storage/not-local',
  ofMachine: true,
  title: 'no shared folder is on a disk of the machine',
  why: 'A node that writes to a disk of its own looks healthy: deployments succeed, and their logs are empty on every other node (issue 5355).',
  cure: {
    text: 'Stop, move the folders to the share, and point Octopus at it once for all nodes.',
    commands: ['Octopus.Server path --instance INSTANCE --clusterShared \\\\SERVER\\SHARE'],
  },
  judge({ folders }): Verdict {
    if (folders.length === 0) return skip(notKnown);
    const found = folders.filter(({ exists, fileSystem }) => exists && fileSystem !== '');
    if (found.length === 0) return skip('no shared folder was seen');
    const own = found.filter(({ fileSystem }) => local.test(fileSystem));
    if (own.length === 0) return pass({ sources: [...new Set(found.map(({ source }) => source))] });
    return fail(own.map(({ path, fileSystem, source }) => `${path} is ${fileSystem} on ${source}`).join(', '), {
      evidence: { folders: own.map(({ path }) => path) },
    });
  },
});

const writable = machineCheck({
  id: 'storage/may-write',
  title: 'every shared folder may be written to',
  why: 'A share that was mounted read-only, or a right that was lost, ends every deployment at its first line of log. Seen by the login of octo-ha; nothing is written.',
  cure: {
    text: 'Mount it for writing, and give the service account the right to change files there.',
    commands: ['findmnt -T PATH', 'mount -o remount,rw PATH'],
  },
  judge({ folders, user, service }): Verdict {
    if (folders.length === 0) return skip(notKnown);
    const told = folders.filter(({ exists, writable: may }) => exists && may !== null);
    if (told.length === 0) return skip('the machine does not tell');
    const barred = told.filter(({ writable: may }) => may === false).map(({ path }) => path);
    if (barred.length === 0) return pass({ folders: told.length });
    const other = service.account !== '' && service.account.toLowerCase() !== user.toLowerCase();
    if (other) return unknown(`${user} may not write to ${barred.join(', ')}; ${service.account} was not asked`);
    return fail(`may not be written to: ${barred.join(', ')}`, { evidence: { folders: barred } });
  },
});

const freeSpace = machineCheck({
  id: 'storage/free-space',
  ofMachine: true,
  title: 'the shared storage has room',
  why: 'When it is full no log can be written and every deployment fails.',
  cure: { text: 'Extend it, or shorten retention.' },
  judge({ folders }, _node, { limits }): Verdict {
    const sized = folders.filter(({ totalBytes, freeBytes }) => (totalBytes ?? 0) > 0 && freeBytes !== null);
    if (sized.length === 0) return skip(folders.length === 0 ? notKnown : 'no shared folder tells its size');
    const share = ({ totalBytes, freeBytes }: FolderFacts) => (100 * (freeBytes ?? 0)) / (totalBytes ?? 1);
    const [least] = [...sized].sort((a, b) => share(a) - share(b));
    if (least === undefined) return skip(notKnown);
    return judgeRoom({ path: least.path, free: least.freeBytes ?? 0, total: least.totalBytes ?? 0 }, limits);
  },
});

/** Folders that every machine of two or more has, by path. */
function byPath(machines: Machines): ReadonlyMap<string, ReadonlyMap<string, FolderFacts>> {
  const found = new Map<string, Map<string, FolderFacts>>();
  for (const [machine, { folders }] of machines) {
    for (const folder of folders.filter(({ exists }) => exists)) {
      const of = found.get(folder.path) ?? new Map<string, FolderFacts>();
      found.set(folder.path, of.set(machine, folder));
    }
  }
  return new Map([...found].filter(([, of]) => of.size > 1));
}

/** More entries than are listed whole cannot be compared. */
const listedWhole = 50_000;

const reallyShared = machinesCheck({
  id: 'storage/really-shared',
  title: 'all machines see the same files in the shared folders',
  why:
    'Octopus does not notice that nodes write to different disks (issue 5355). The last names in each folder are compared ' +
    'between the machines: the same storage shows the same names. Nothing is written.',
  cure: {
    text: 'Plan an outage: drain, stop, copy every folder to the share, point all nodes at it, start.',
    commands: ['Octopus.Server path --instance INSTANCE --clusterShared \\\\SERVER\\SHARE'],
  },
  judge(machines): Verdict {
    const folders = byPath(machines);
    if (folders.size === 0) return skip(notKnown);
    const different: string[] = [];
    let compared = 0;
    for (const [path, of] of folders) {
      const whole = [...of].filter(([, { entries }]) => entries !== null && entries < listedWhole);
      if (whole.length < 2 || whole.every(([, { entries }]) => entries === 0)) continue;
      compared++;
      const odd = whole.filter(([name, folder]) =>
        whole.some(([other, { names }]) => other !== name && !overlap(folder.names, names)),
      );
      if (odd.length > 0) different.push(`${path} on ${odd.map(([name]) => name).join(' and ')}`);
    }
    if (different.length > 0)
      return fail(`different files: ${different.join('; ')}`, { evidence: { folders: different } });
    if (compared === 0) return skip('the shared folders are empty, or too large to compare');
    return pass({ foldersCompared: compared, machines: machines.size });
  },
});

/** What is written between two looks may differ by a few names, and no more. */
function overlap(some: readonly string[], others: readonly string[]): boolean {
  const known = new Set(others);
  const common = some.filter((name) => known.has(name)).length;
  return common * 2 >= Math.min(some.length, others.length) && (some.length === 0) === (others.length === 0);
}

/** What is mounted, without the server that it is of: one server has many names, and every server may have a `/octopus`. */
const withoutServer = (source: string): string =>
  source
    .toLowerCase()
    .replaceAll('\\', '/')
    .replace(/^(?:\/\/[^/]+|(?:\[[^\]]*\]|[^/:]{2,}):)(?=\/)/, '');

const sameTarget = machinesCheck({
  id: 'storage/same-source',
  title: 'all machines have the same storage mounted',
  why:
    'A link or a mount that leads elsewhere on one node is found here before the first file differs. The same share under ' +
    'two names of a server may be one or two: names alone do not tell.',
  cure: {
    text: 'Compare the mounts, mapped drives and links of the machines, and mount it everywhere under one name. octo-ha doctor --probe storage proves whether it is shared.',
    commands: ['findmnt -T PATH', 'Get-Item PATH | Select-Object Target'],
  },
  judge(machines): Verdict {
    const folders = byPath(machines);
    if (folders.size === 0) return skip(notKnown);
    const different: string[] = [];
    const unclear: string[] = [];
    for (const [path, of] of folders) {
      const sources = [...of.values()].map(({ source }) => source);
      const kinds = (kind: (source: string) => string) => new Set(sources.map(kind)).size;
      if (kinds((source) => source.toLowerCase()) === 1) continue;
      const list = kinds(withoutServer) === 1 ? unclear : different;
      list.push(`${path} is ${[...of].map(([machine, { source }]) => `${source} on ${machine}`).join(', ')}`);
    }
    if (different.length > 0) return fail(different.join('; '));
    return unclear.length > 0
      ? unknown(`${unclear.join('; ')}, which may be the same`)
      : pass({ folders: [...folders.keys()] });
  },
});

/** File systems on which a directory has one number, whoever looks: others may make one up for each client. */
const numbered = /^(nfs|ext|xfs|btrfs|zfs|ceph|gfs|ocfs|gluster|lustre|tmpfs|overlay)/i;

const sameFolder = machinesCheck({
  id: 'storage/same-folder',
  title: 'all machines see the same directory as each shared folder',
  why:
    'Copies that are kept alike, by replication or a script, look shared: same names, same size. But a directory has one number in its file system, ' +
    'and a copy has another. A task log that is read on another node is then as old as the last copying.',
  cure: {
    text: 'Use one share for all nodes: Octopus needs what one node has written to be there for the others at once.',
  },
  judge(machines): Verdict {
    const folders = [...byPath(machines)].map(([path, of]) => {
      const told = [...of].filter(([, { fileSystem, number }]) => number !== '' && numbered.test(fileSystem));
      return { path, told };
    });
    const comparable = folders.filter(
      ({ told }) => told.length > 1 && new Set(told.map(([, { fileSystem }]) => fileSystem)).size === 1,
    );
    if (comparable.length === 0) return skip(folders.length === 0 ? notKnown : 'this kind of storage does not tell');
    const odd = comparable.filter(({ told }) => new Set(told.map(([, { number }]) => number)).size > 1);
    if (odd.length === 0) return pass({ foldersCompared: comparable.length });
    const words = odd.map(
      ({ path, told }) => `${path} is ${told.map(([name, { number }]) => `${number} on ${name}`).join(', ')}`,
    );
    return fail(`different directories: ${words.join('; ')}`, { evidence: { folders: odd.map(({ path }) => path) } });
  },
});

const sameSize = machinesCheck({
  id: 'storage/same-size',
  title: 'all machines see the same size of the shared storage',
  why: 'One file system has one size. Two sizes are two of them, also where both are empty.',
  cure: { text: 'Compare the mounts, mapped drives and links of the machines.' },
  judge(machines): Verdict {
    const folders = [...byPath(machines)].filter(([, of]) =>
      [...of.values()].every(({ totalBytes }) => totalBytes !== null),
    );
    if (folders.length === 0) return skip(notKnown);
    const odd = folders.filter(([, of]) => new Set([...of.values()].map(({ totalBytes }) => totalBytes)).size > 1);
    return odd.length === 0 ? pass() : fail(`of different sizes: ${odd.map(([path]) => path).join(', ')}`);
  },
});

const homeLocal = machineCheck({
  id: 'storage/home-apart',
  title: "the node's home is not a shared folder",
  why: 'Each node keeps its own home, cache and server log on a disk of its own; a shared one is overwritten by the others.',
  cure: {
    text: 'Move it back to a local disk.',
    commands: ['Octopus.Server configure --instance INSTANCE --home C:\\Octopus'],
  },
  judge({ home, folders }): Verdict {
    if (home === '') return skip('its configuration cannot be read, or does not name a home');
    const plain = (path: string) =>
      path
        .toLowerCase()
        .replace(/[\\/]+/g, '/')
        .replace(/\/$/, '');
    if (/^[\\/]{2}/.test(home)) return fail(`its home is ${home}`);
    const inside = folders.find(({ path }) => `${plain(home)}/`.startsWith(`${plain(path)}/`));
    return inside === undefined ? pass({ home }) : fail(`its home ${home} is in the shared folder ${inside.path}`);
  },
});

export const storageMachineChecks = [
  present,
  notLocal,
  sameFolder,
  writable,
  freeSpace,
  reallyShared,
  sameTarget,
  sameSize,
  homeLocal,
] as const;
