/** Makes a call on a folder that never comes back, and ends. Its arguments: the folder, and the program for calls. */
import { folderShare } from '../../../src/adapters/share/folder-share.js';
import { systemClock } from '../../../src/adapters/system-clock.js';

const [path = '', program = ''] = process.argv.slice(2);
await using share = folderShare(path, { program, clock: systemClock, timeout: 300 });
try {
  await share.read('pipe', new AbortController().signal);
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
}
