/**
 * A process that makes calls on a folder for octo-ha, one at a time. A call on a file server that is gone can stay in
 * the operating system for minutes or for ever; the process that made it can be left behind, while a thread could not.
 */
import { answerTo, type FolderCall } from './folder-work.js';

process.on('message', async (call: FolderCall) => {
  const answer = await answerTo(call);
  if (process.connected) process.send?.(answer);
});

// The last work of its life may be stuck, and is not waited for.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
