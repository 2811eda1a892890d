import { isPlainName, namesIn } from '../../cluster/share-path.js';
import { Failure } from '../../errors.js';

export type SmbCommand =
  | readonly [verb: 'mkdir' | 'del' | 'rmdir' | 'cd' | 'du', path: string]
  | readonly [verb: 'rename', from: string, to: string]
  | readonly [verb: 'put' | 'get', path: string, local: string]
  | readonly [verb: 'ls', folder: string, beginning: string]
  | readonly [verb: 'pwd'];

/**
 * A command for `smbclient` as it reads it from its standard input, a line a command: there a `;` is a character like
 * any other, other than in `-c`. Words are in quotes, within which only a quote and the end of the line have a meaning.
 * No name on a share can contain either, nor the wildcards that commands take. Every path begins at the root of the
 * share, so none can be taken for an option.
 */
export function smbLine(command: SmbCommand): string {
  switch (command[0]) {
    case 'ls': {
      const [, folder, beginning] = command;
      if (beginning !== '' && !isPlainName(`${beginning}-`)) throw notAPath(beginning);
      return `ls ${word(`${remote(folder).replace(/\\$/, '')}\\${beginning}*`)}`;
    }
    case 'put':
      return `put ${word(command[2])} ${word(remote(command[1]))}`;
    case 'get':
      return `get ${word(remote(command[1]))} ${word(command[2])}`;
    case 'rename':
      return `rename ${word(remote(command[1]))} ${word(remote(command[2]))}`;
    case 'mkdir':
    case 'del':
    case 'rmdir':
    case 'cd':
    case 'du':
      return `${command[0]} ${word(remote(command[1]))}`;
    case 'pwd':
      return 'pwd';
    default:
      return command satisfies never;
  }
}

/** `a/b` as `\a\b`. */
function remote(path: string): string {
  const names = namesIn(path);
  if (names === undefined) throw notAPath(path);
  return `\\${names.join('\\')}`;
}

function word(text: string): string {
  if (/["\p{Cc}]/u.test(text)) throw notAPath(text);
  return `"${text}"`;
}

const notAPath = (path: string): Failure =>
  new Failure('usage', `${JSON.stringify(path)} is no path of a file or folder on a share`);
