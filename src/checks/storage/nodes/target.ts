import type { ProbeAnswer } from './protocol.js';

/** Where a folder leads in the end. */
export type Target = Extract<ProbeAnswer, { state: 'looked' }>;

/** Served by another machine under a name that means the same everywhere. */
const servedBySmb = ['cifs', 'smb', 'smb2', 'smb3', 'smbfs'];
const served = [...servedBySmb, 'dfs', 'nfs', 'nfs4', 'ceph', 'fuse.glusterfs', 'lustre', 'beegfs'];

/** On a disk, or in the memory, of the machine itself. */
const local = [
  ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'zfs', 'f2fs', 'jfs', 'reiserfs', 'vfat', 'exfat'],
  ...['tmpfs', 'ramfs', 'overlay', 'ntfs', 'ntfs3', 'refs', 'fat32', 'apfs', 'hfs'],
];

/** In words: `//files/octopus (cifs)`, `/dev/sda1/octopus (ext4, local)`. */
export function describeTarget({ source, inside, type }: Target): string {
  return `${source}${inside} (${type}${local.includes(type.toLowerCase()) ? ', local' : ''})`;
}

export type Comparison = 'same' | 'different' | 'unclear';

export function compareTargets(a: Target, b: Target): Comparison {
  const [one, other] = [a, b].map(normal) as [Normal, Normal];
  if (one.kind === 'local' || other.kind === 'local') {
    // The name of a disk says something on its own machine only, and there containers may each have one of that name.
    const isOneDisk = a.machine !== '' && a.machine === b.machine && a.device === b.device;
    return isOneDisk && one.whole === other.whole ? 'same' : 'different';
  }
  if (one.kind === 'other' || other.kind === 'other') return 'unclear';
  if (one.kind === other.kind && one.whole === other.whole) return 'same';
  // One folder may be served by two protocols, and the connections behind DFS are not only those of the folder.
  if (one.kind !== other.kind || one.kind === 'dfs') return 'unclear';
  // One server may have several names.
  return one.path === other.path ? 'unclear' : 'different';
}

interface Normal {
  readonly kind: 'smb' | 'nfs' | 'dfs' | 'local' | 'other' | 'served';
  readonly whole: string;
  /** Without the server. */
  readonly path: string;
}

function normal({ type, source, inside }: Target): Normal {
  const name = type.toLowerCase();
  if (servedBySmb.includes(name)) {
    // Windows and Samba tell no upper case from lower case.
    const whole = `${source}${inside}`.replaceAll('\\', '/').replace(/\/+$/, '').toLowerCase();
    return { kind: 'smb', whole, path: whole.replace(/^\/\/[^/]*/, '') };
  }
  const whole = `${source}${inside}`.replace(/\/+$/, '');
  if (name === 'nfs' || name === 'nfs4') return { kind: 'nfs', whole, path: whole.replace(/^(\[[^\]]*\]|[^:]*):/, '') };
  if (name === 'dfs') return { kind: 'dfs', whole: whole.toLowerCase(), path: whole.toLowerCase() };
  const kind = local.includes(name) ? 'local' : served.includes(name) ? 'served' : 'other';
  return { kind, whole, path: whole };
}
