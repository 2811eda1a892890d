import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Programs of an administrator are often not on everybody's PATH. */
const more = process.platform === 'win32' ? [] : ['/usr/local/sbin', '/usr/sbin', '/sbin', '/opt/homebrew/sbin'];

/** The whole path of a program; `undefined` where it is not installed. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const directory of [...(process.env['PATH'] ?? '').split(delimiter), ...more]) {
    const path = join(directory, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (directory !== '' && found) return path;
  }
  return undefined;
}
