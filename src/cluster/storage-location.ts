import { isPlainName, namesIn } from './share-path.js';

/** Where the shared folder is, as a person enters it. */
export type StorageLocation =
  /** A folder of a share of a file server, reached by SMB. */
  | {
      readonly kind: 'unc';
      readonly server: string;
      /** Where it is not 445. */
      readonly port?: number;
      readonly share: string;
      /** With `/` between its names; empty for the share itself. */
      readonly folder: string;
    }
  /** A folder where some file system is mounted, or any other one. */
  | { readonly kind: 'path'; readonly path: string }
  /** A folder of a drive of Windows, which may be mapped to a share. */
  | { readonly kind: 'drive'; readonly letter: string; readonly folder: string };

export const smbPort = 445;

const forms = String.raw`\\server\share\folder, smb://server/share/folder, /mnt/octopus or X:\octopus`;

/** Takes every spelling of a place that is common, and says why it is none otherwise. */
export function parseStorageLocation(
  text: string,
): StorageLocation | { readonly kind: 'refused'; readonly because: string } {
  const entered = text.trim();
  if (entered === '') return refused(`enter a place such as ${forms}`);
  if (/^smb:/i.test(entered)) return fromUrl(entered);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(entered)) {
    return refused(`${entered.slice(0, entered.indexOf(':'))} is not understood: enter ${forms}`);
  }
  if (/^[a-z]:/i.test(entered)) return fromDrive(entered);
  if (/^(\\\\|\/\/)[^\\/]/.test(entered)) return fromUnc(entered.slice(2).replaceAll('\\', '/'));
  if (entered.startsWith('/') && !/^\/[\\/]/.test(entered)) return fromPath(entered);
  return refused(`${entered} does not begin where a place begins: enter ${forms}`);
}

const refused = (because: string) => ({ kind: 'refused', because }) as const;

function fromUrl(text: string): ReturnType<typeof parseStorageLocation> {
  const [, authority, rest] = /^smb:\/\/([^/?#]*)(?:\/([^?#]*))?$/i.exec(text) ?? [];
  if (authority === undefined) return refused('an address with smb is smb://server/share/folder, without ? and #');
  if (authority.includes('@')) return refused('leave user and password out of the address: they are asked for');
  const [, server = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(authority) ?? [];
  const number = port === undefined ? undefined : Number(port);
  if (number !== undefined && !(number >= 1 && number <= 65_535)) return refused(`${port} is no port`);
  try {
    return unc(server, (rest ?? '').split('/').map(decodeURIComponent), number === smbPort ? undefined : number);
  } catch {
    return refused('the address has a % without a character after it: write %25 for the sign itself');
  }
}

function fromUnc(text: string): ReturnType<typeof parseStorageLocation> {
  const [server = '', ...names] = text.split('/');
  return unc(server, names);
}

/** A name, an IPv4 address, or an IPv6 address in brackets. */
const isServer = (server: string): boolean =>
  /^[\p{L}\p{N}_]([\p{L}\p{N}._-]*[\p{L}\p{N}_])?$/u.test(server) || /^\[[0-9a-f:.]*:[0-9a-f:.]*\]$/i.test(server);

function unc(server: string, names: readonly string[], port?: number): ReturnType<typeof parseStorageLocation> {
  if (!isServer(server)) return refused(`${server === '' ? 'nothing' : server} is no name of a server`);
  const [share, ...folder] = withoutEmpty(names);
  if (share === undefined) return refused(String.raw`the share is missing: \\${server}\share`);
  const wrong = [share, ...folder].find((name) => !isPlainName(name));
  if (wrong !== undefined) return refused(`${wrong} is no name of a share or folder`);
  return { kind: 'unc', server, ...(port === undefined ? {} : { port }), share, folder: folder.join('/') };
}

function fromDrive(text: string): ReturnType<typeof parseStorageLocation> {
  const [letter = '', rest = ''] = [text[0]?.toUpperCase(), text.slice(2)];
  if (!/^[\\/]/.test(rest)) return refused(String.raw`write ${letter}:\ and the folder, from the root of the drive`);
  const names = withoutEmpty(rest.split(/[\\/]/));
  const wrong = names.find((name) => !isPlainName(name));
  if (wrong !== undefined) return refused(`${wrong} is no name of a folder`);
  return { kind: 'drive', letter, folder: names.join('/') };
}

function fromPath(text: string): ReturnType<typeof parseStorageLocation> {
  const names = withoutEmpty(text.split('/'));
  if (names.length === 0) return refused('/ is the whole machine: name the folder that is shared');
  const wrong = names.find((name) => name === '.' || name === '..' || /[\p{Cc}\p{Cs}]/u.test(name));
  if (wrong !== undefined) return refused(`${JSON.stringify(wrong)} is no name of a folder: write the whole path`);
  return { kind: 'path', path: `/${names.join('/')}` };
}

const withoutEmpty = (names: readonly string[]): readonly string[] => names.filter((name) => name !== '');

/** As the system of the location writes it; `parseStorageLocation` gives back the same location. */
export function formatStorageLocation(location: StorageLocation): string {
  switch (location.kind) {
    case 'unc': {
      const { server, port, share, folder } = location;
      const names = [share, ...(namesIn(folder) ?? [])];
      // Only an address can have a port, or a server in brackets.
      if (port === undefined && !server.startsWith('[')) return `\\\\${[server, ...names].join('\\')}`;
      return `smb://${server}${port === undefined ? '' : `:${port}`}/${names.map(encodeURIComponent).join('/')}`;
    }
    case 'path':
      return location.path;
    case 'drive':
      return `${location.letter}:\\${location.folder.replaceAll('/', '\\')}`;
    default:
      return location satisfies never;
  }
}
