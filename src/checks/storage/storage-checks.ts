/** What `init` asks of the shared folder, and `doctor` looks at again: from the machine that octo-ha runs on. */
import { storageFolders } from '../../cluster/storage-folders.js';
import type { ShareTrouble } from '../../ports/share.js';
import type { FactName, Look, StorageFacts } from './facts.js';
import { fail, pass, type Remedy, type StorageClaim, skip, type Verdict, warn } from './verdict.js';

/** Where a check draws its line although Octopus documents none. */
export interface StorageLimits {
  /** Milliseconds. */
  readonly latencyWarn: number;
  /** Free space is scarce below both of these, in percent and bytes. */
  readonly freePercentWarn: number;
  readonly freeBytesWarn: number;
  readonly freeBytesFail: number;
}

const gib = 1024 ** 3;

export const storageLimits: StorageLimits = {
  latencyWarn: 20,
  freePercentWarn: 15,
  freeBytesWarn: 20 * gib,
  freeBytesFail: gib,
};

export interface StorageCheck extends StorageClaim {
  /** The fact that it judges, perhaps in the light of earlier ones. */
  readonly of: FactName;
  judge(facts: StorageFacts, limits: StorageLimits): Verdict;
}

/** In the order in which facts are found. */
export const storageChecks = [
  {
    id: 'storage/resolves',
    of: 'addresses',
    title: 'the file server has an address',
    why: 'Without an address nothing reaches the shared folder.',
    cure: { text: 'Correct the name, or add the server to DNS' },
    judge: ({ addresses, location }) => judgeAddresses(addresses, location),
  },
  {
    id: 'storage/reachable',
    of: 'connection',
    title: 'the file server takes connections',
    why: 'SMB is served on TCP port 445, which firewalls often keep closed.',
    cure: { text: 'Let TCP 445 through from here, and from every node, to the file server' },
    judge: ({ connection, location }) => judgeConnection(connection, location),
  },
  {
    id: 'storage/login',
    of: 'listing',
    title: 'the share can be logged in to',
    why: 'The account needs a login to the file server and the permission of the share.',
    cure: { text: 'Check user and password, and the permissions of the share' },
    judge: ({ listing, location }) => {
      if (location.kind !== 'unc') return skip('the system itself has logged in, when it was mounted or mapped');
      if (listing.state === 'refused') return isAtTheDoor(listing.trouble) ? refusal(listing) : pass();
      return judged(listing, () => pass());
    },
  },
  {
    id: 'storage/listed',
    of: 'listing',
    title: 'the folder can be listed',
    why: 'Octopus finds its packages and logs by name.',
    cure: { text: 'Correct the folder, or make it, and give the account full control' },
    judge: ({ listing }) => {
      if (listing.state === 'refused' && isAtTheDoor(listing.trouble)) return skip('nobody could log in');
      return judged(listing, (entries) => pass({ entries: entries.length }));
    },
  },
  {
    id: 'storage/folders',
    of: 'folders',
    title: 'the folders of Octopus are there',
    why: `Octopus keeps ${storageFolders.join(', ')} in the shared folder.`,
    cure: { text: 'Make them with: octo-ha init, or by hand' },
    judge: ({ folders }) =>
      judged(folders, ({ made, missing }) =>
        missing.length === 0 ? pass({ made }) : fail(`missing: ${missing.join(', ')}`, { evidence: { missing } }),
      ),
  },
  {
    id: 'storage/writable',
    of: 'written',
    title: 'folders and files can be made',
    why: 'Every node writes task logs, packages and artifacts, and needs full control for that.',
    cure: { text: 'Give the account full control, in the permissions of the share and in those of the folder' },
    judge: ({ written }) => {
      // A server answers the same where all is shared to be read only, and where the account lacks the right.
      const isReadable = written.state === 'refused' && written.trouble === 'denied';
      const look = isReadable ? { ...written, message: `it may be read, not changed: ${written.message}` } : written;
      return judged(look, ({ bytes, took }) => pass({ bytes, milliseconds: took }));
    },
  },
  {
    id: 'storage/intact',
    of: 'content',
    title: 'what was written is read back byte for byte',
    why: 'A package that changes on its way is worse than one that is missing.',
    cure: { text: 'Look for a filter, antivirus program or gateway between this machine and the disk' },
    judge: ({ content }) =>
      judged(content, ({ took, differsAt }) =>
        differsAt === undefined
          ? pass({ milliseconds: took })
          : fail(`what was read differs from what was written, from byte ${differsAt}`, { evidence: { differsAt } }),
      ),
  },
  {
    id: 'storage/renamed',
    of: 'renamed',
    title: 'files can be renamed',
    why: 'What is complete gets its name by being renamed.',
    cure: { text: 'Give the account full control: renaming is deleting under the old name' },
    judge: ({ renamed }) => judged(renamed, () => pass()),
  },
  {
    id: 'storage/removed',
    of: 'removed',
    title: 'files and folders can be removed',
    why: 'Retention removes what is old; without that the share fills up.',
    cure: { text: 'Give the account full control, and remove by hand what octo-ha has left' },
    judge: ({ removed }) =>
      judged(removed, ({ left, because }) => {
        if (left.length === 0) return pass();
        const why = because === undefined ? '' : ` (${because})`;
        return fail(`may still be there: ${left.join(', ')}${why}`, { evidence: { left } });
      }),
  },
  {
    id: 'storage/free-space',
    of: 'space',
    title: 'the share has room',
    why: 'Tasks fail when their logs and packages cannot be written.',
    cure: { text: 'Make the volume larger, or the retention policies shorter' },
    judge: ({ space }, limits) => judged(space, (found) => judgeSpace(found, limits)),
  },
  {
    id: 'storage/latency',
    of: 'latency',
    title: 'the file server is near',
    why: 'Nodes and file server belong in one data centre; every task waits for the share many times.',
    cure: { text: 'Move the shared folder to where the nodes are, or to faster storage' },
    judge: ({ latency }, { latencyWarn }) =>
      judged(latency, ({ of, fastest }) => {
        const evidence = { of, milliseconds: fastest };
        if (fastest <= latencyWarn) return pass(evidence);
        return warn(`${of} takes ${fastest} ms at best (octo-ha's own limit: ${latencyWarn} ms)`, { evidence });
      }),
  },
] as const satisfies readonly StorageCheck[];

const atTheDoor: ReadonlySet<string> = new Set<ShareTrouble>([
  ...(['not-here', 'no-address', 'connection-refused', 'no-answer', 'connection-lost', 'no-common-protocol'] as const),
  ...(['wrong-password', 'account-barred', 'session-denied', 'no-share', 'share-denied'] as const),
]);

/** Whether it keeps everybody out, so that what is inside cannot be judged. */
const isAtTheDoor = (trouble: string): boolean => atTheDoor.has(trouble);

function judged<T>(look: Look<T>, judge: (value: T) => Verdict): Verdict {
  switch (look.state) {
    case 'seen':
      return judge(look.value);
    case 'refused':
      return refusal(look);
    case 'not-tried':
      return skip(look.because);
    default:
      return look satisfies never;
  }
}

function refusal({ message, hint, trouble }: Look<unknown> & { readonly state: 'refused' }): Verdict {
  const remedy: { remedy?: Remedy } = hint === undefined ? {} : { remedy: { text: hint } };
  return fail(message, { evidence: { trouble }, ...remedy });
}

function judgeAddresses(addresses: StorageFacts['addresses'], location: StorageFacts['location']): Verdict {
  const server = location.kind === 'unc' ? location.server : 'the server';
  if (addresses.state !== 'refused') {
    return judged(addresses, (found) =>
      found.length > 0 ? pass({ addresses: found }) : fail(`${server} has no address`),
    );
  }
  const evidence = { trouble: addresses.trouble };
  if (addresses.trouble === 'no-answer')
    return fail(`no name server told the address of ${server} in time`, { evidence });
  return fail(`${server} cannot be looked up: ${addresses.message}`, { evidence });
}

function judgeConnection(connection: StorageFacts['connection'], location: StorageFacts['location']): Verdict {
  if (connection.state !== 'refused' || location.kind !== 'unc') {
    return judged(connection, ({ port, fastest }) => pass({ port, milliseconds: fastest }));
  }
  const { server, port = 445 } = location;
  const at = `${server} on port ${port}`;
  const evidence = { trouble: connection.trouble };
  switch (connection.trouble) {
    case 'ECONNREFUSED':
      return fail(`${at} refuses the connection: no file server listens there, or a firewall rejects it`, { evidence });
    case 'no-answer':
    case 'ETIMEDOUT':
      return fail(`${at} does not answer: a firewall drops the connection, or the server is off`, { evidence });
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return fail(`there is no way to ${at} from this machine`, { evidence });
    default:
      return fail(`${at} cannot be reached: ${connection.message}`, { evidence });
  }
}

function judgeSpace(
  { free, total }: { readonly free: number; readonly total: number },
  limits: StorageLimits,
): Verdict {
  const percent = total === 0 ? 0 : Math.floor((free / total) * 100);
  const evidence = { free, total, percent };
  const left = `${inGib(free)} of ${inGib(total)} are free (${percent}%)`;
  if (free < limits.freeBytesFail) return fail(left, { evidence });
  if (percent < limits.freePercentWarn && free < limits.freeBytesWarn) return warn(left, { evidence });
  return pass(evidence);
}

const inGib = (bytes: number): string => `${(bytes / gib).toFixed(1)} GiB`;
