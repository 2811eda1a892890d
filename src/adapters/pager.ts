import { spawn } from 'node:child_process';
import { findProgram } from './find-program.js';

/**
 * Shows a text in the person's own pager, as a shell runs it; without one named, in less where that is installed.
 * `false` when no pager showed it.
 */
export async function inPager(text: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const named = env['OCTO_HA_PAGER'] ?? env['PAGER'];
  const pager = named ?? ((await findProgram('less')) === undefined ? '' : 'less');
  if (pager === '' || pager === 'cat') return false;
  return await new Promise((resolve) => {
    // As git has it: quit if it fits, show colours, leave the text on the screen.
    const child = spawn(pager, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], env: { LESS: 'FRX', ...env } });
    child.once('error', () => resolve(false));
    // Ctrl-C is the pager's, as long as it is there.
    const leaveIt = () => {};
    process.on('SIGINT', leaveIt);
    child.once('close', () => process.off('SIGINT', leaveIt));
    // 127 is the shell's word for a program that it does not find.
    child.once('close', (code) => resolve(code !== 127));
    // Whoever leaves the pager early has seen enough.
    child.stdin.on('error', () => {});
    child.stdin.end(`${text}\n`);
  });
}
