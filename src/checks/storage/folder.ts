/** The shared folder as the machine sees it that octo-ha runs on. */
import { storageFolders } from '../../cluster/storage-folders.js';
import type { ShareTrouble } from '../../ports/share.js';
import { fail, pass, type Remedy, skip, type Verdict, warn } from '../check.js';
import { ours } from '../limits.js';
import type { Look, StorageFacts } from './facts.js';
import { folderCheck } from './kinds.js';
import { judgeRoom } from './room.js';

/** In the order in which facts are found. */
export const folderChecks = [
  folderCheck({
    id: 'storage/resolves',
    title: 'the file server has an address',
    why: 'Without an address nothing reaches the shared folder.',
    cure: { text: 'Correct the name, or add the server to DNS.' },
    judge: ({ addresses, location }) => judgeAddresses(addresses, location),
  }),
  folderCheck({
    id: 'storage/reachable',
    title: 'the file server takes connections',
    why: 'SMB is served on TCP port 445, which firewalls often keep closed.',
    cure: { text: 'Let TCP 445 through from here, and from every node, to the file server.' },
    judge: ({ connection, location }) => judgeConnection(connection, location),
  }),
  folderCheck({
    id: 'storage/login',
    title: 'the share can be logged in to',
    why: 'The account needs a login to the file server and the permission of the share.',
    cure: { text: 'Check user and password, and the permissions of the share.' },
    judge: ({ listing, location }) => {
      if (location.kind !== 'unc') return skip('the system itself has logged in, when it was mounted or mapped');
      if (listing.state === 'refused') return isAtTheDoor(listing.trouble) ? refusal(listing) : pass();
      return judged(listing, () => pass());
    },
  }),
  folderCheck({
    id: 'storage/listed',
    title: 'the folder can be listed',
    why: 'Octopus finds its packages and logs by name.',
    cure: { text: 'Correct the folder, or make it, and give the account full control.' },
    judge: ({ listing }) => {
      if (listing.state === 'refused' && isAtTheDoor(listing.trouble)) return skip('nobody could log in');
      return judged(listing, (entries) => pass({ entries: entries.length }));
    },
  }),
  folderCheck({
    id: 'storage/folders',
    title: 'the folders of Octopus are there',
    why: `Octopus keeps ${storageFolders.join(', ')} in the shared folder; older versions make fewer of them.`,
    cure: { text: 'Make those that are missing.', commands: ['octo-ha init --step storage'] },
    judge: ({ folders }) =>
      judged(folders, ({ missing }) =>
        missing.length === 0 ? pass() : warn(`missing: ${missing.join(', ')}`, { evidence: { missing } }),
      ),
  }),
  folderCheck({
    id: 'storage/writable',
    title: 'folders and files can be made',
    why: 'Every node writes task logs, packages and artifacts, and needs full control for that.',
    cure: { text: 'Give the account full control, in the permissions of the share and in those of the folder.' },
    judge: ({ written }) => {
      // A server answers the same where all is shared to be read only, and where the account lacks the right.
      const isReadable = written.state === 'refused' && written.trouble === 'denied';
      const look = isReadable ? { ...written, message: `it may be read, not changed: ${written.message}` } : written;
      return judged(look, ({ bytes, took }) => pass({ bytes, milliseconds: took }));
    },
  }),
  folderCheck({
    id: 'storage/intact',
    title: 'what was written is read back byte for byte',
    why: 'A package that changes on its way is worse than one that is missing.',
    cure: { text: 'Look for a filter, antivirus program or gateway between this machine and the disk.' },
    judge: ({ content }) =>
      judged(content, ({ took, differsAt }) =>
        differsAt === undefined
          ? pass({ milliseconds: took })
          : fail(`what was read differs from what was written, from byte ${differsAt}`, { evidence: { differsAt } }),
      ),
  }),
  folderCheck({
    id: 'storage/renamed',
    title: 'files can be renamed',
    why: 'What is complete gets its name by being renamed.',
    cure: { text: 'Give the account full control: renaming is deleting under the old name.' },
    judge: ({ renamed }) => judged(renamed, () => pass()),
  }),
  folderCheck({
    id: 'storage/removed',
    title: 'files and folders can be removed',
    why: 'Retention removes what is old; without that the share fills up.',
    cure: { text: 'Give the account full control, and remove by hand what octo-ha has left.' },
    judge: ({ removed }) =>
      judged(removed, ({ left, because }) => {
        if (left.length === 0) return pass();
        const why = because === undefined ? '' : ` (${because})`;
        return fail(`may still be there: ${left.join(', ')}${why}`, { evidence: { left } });
      }),
  }),
  folderCheck({
    id: 'storage/room',
    ofServer: true,
    title: 'the shared folder has room, as this machine sees it',
    why: 'When it is full no log can be written and every deployment fails.',
    cure: { text: 'Extend it, or shorten retention.' },
    judge: ({ space }, { limits }) =>
      judged(space, ({ free, total }) => judgeRoom({ path: 'the shared folder', free, total }, limits)),
  }),
  folderCheck({
    id: 'storage/latency',
    ofServer: true,
    title: 'the file server is near',
    why: 'Nodes and file server belong in one data centre; every task waits for the share many times.',
    cure: { text: 'Move the shared folder to where the nodes are, or to faster storage.' },
    judge: ({ latency }, { limits }) =>
      judged(latency, ({ of, fastest }) => {
        const evidence = { of, milliseconds: fastest };
        if (fastest <= limits.storageLatency) return pass(evidence);
        return warn(`${of} takes ${fastest} ms at best ${ours(limits, 'storageLatency')}`, { evidence });
      }),
  }),
] as const;

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
