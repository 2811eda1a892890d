import { formatStorageLocation, type StorageLocation } from '../../cluster/storage-location.js';
import type { Clock } from '../../ports/clock.js';
import { type Share, type ShareCredentials, ShareFailure } from '../../ports/share.js';
import { findProgram } from '../find-program.js';
import { folderShare } from './folder-share.js';
import { smbclientShare } from './smbclient-share.js';

export interface OpenShareOptions {
  /** The file of `folder-process`. */
  readonly folderProgram: string;
  readonly clock: Clock;
  /** For a file server, other than on Windows. */
  readonly credentials?: ShareCredentials | undefined;
  readonly timeout?: number | undefined;
  readonly platform?: NodeJS.Platform;
}

/** How this machine opens a place, if it can. Nothing is asked of the place itself. */
export async function openShare(
  location: StorageLocation,
  { folderProgram, clock, credentials, timeout, platform = process.platform }: OpenShareOptions,
): Promise<Share> {
  const onWindows = platform === 'win32';
  const folder = () => folderShare(formatStorageLocation(location), { program: folderProgram, clock, timeout });
  switch (location.kind) {
    case 'path':
      if (onWindows) throw notHere(`${location.path} is no path of Windows`, 'Enter the UNC path or the mapped drive');
      return folder();
    case 'drive':
      if (!onWindows)
        throw notHere(
          `drive ${location.letter}: means nothing on this machine`,
          'Enter the UNC path that the drive is mapped to',
        );
      return folder();
    case 'unc': {
      if (onWindows) {
        if (credentials !== undefined) {
          throw notHere(
            'Windows logs in to a file server by itself',
            'Run octo-ha as the account that may, or connect first with: net use',
          );
        }
        if (location.port === undefined && !location.server.startsWith('[')) return folder();
        throw notHere('Windows reaches file servers by their names and on port 445 only', 'Enter the UNC path');
      }
      const program = await findProgram('smbclient');
      if (program === undefined) {
        throw notHere(
          'smbclient is not installed, which reaches a file server from this machine',
          'Install it (Debian, Ubuntu: apt install smbclient; Red Hat: dnf install samba-client; macOS: brew install samba), or mount the share and enter its path',
        );
      }
      if (credentials === undefined) throw notHere('a user and a password are needed for a file server', 'Give both');
      return smbclientShare(location, { program, credentials, clock, timeout });
    }
    default:
      return location satisfies never;
  }
}

const notHere = (message: string, hint: string): ShareFailure =>
  new ShareFailure('unreachable', 'not-here', message, { hint });
