import { join } from 'node:path';
import Libsql from 'libsql';

/** Has the files of a lab's database for itself until it is disposed of. Throws where another process is at one of them. */
export function lockFiles(home: string): Disposable {
  const files = ['dbo', 'octo_ha'].map((name) => new Libsql(join(home, `database/${name}.db`), { timeout: 0 }));
  const close = () => {
    for (const file of files) file.close();
  };
  try {
    for (const file of files) file.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    close();
    throw error;
  }
  return { [Symbol.dispose]: close };
}
