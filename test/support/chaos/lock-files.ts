import { join } from 'node:path';
import Libsql from 'libsql';

/**
 * Has the files of a lab's database for itself until it is disposed of; whoever else has it open holds no lock meanwhile.
 * Throws where another process is at one of them. Every change locks `main.db` first, though nothing is in it.
 */
export function lockFiles(home: string): Disposable {
  const files = ['main', 'dbo', 'octo_ha'].map((name) => new Libsql(join(home, `database/${name}.db`), { timeout: 0 }));
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
