import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ShareCredentials, ShareFailure } from '../../ports/share.js';
import { BoundedOutput, outputLimit } from '../bounded-output.js';
import { authenticationFile } from './smbclient-credentials.js';
import { type SmbCommand, smbLine } from './smbclient-line.js';

export interface SmbServer {
  /** The whole path of `smbclient`. */
  readonly program: string;
  readonly server: string;
  readonly port: number;
  readonly share: string;
  readonly credentials: ShareCredentials;
}

/** A directory for one call: nobody else can look into it, and nothing of it is left when the call is over. */
export async function privately<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-smb-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Not more of this process' environment than `smbclient` has a use for; it takes passwords from there as well. */
function environment(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'TMPDIR', 'SMB_CONF_PATH'];
  return { ...Object.fromEntries(names.map((name) => [name, process.env[name]])), LC_ALL: 'C.UTF-8' };
}

/**
 * Logs in, runs commands in turn until one fails or all are done, and answers with all that was printed. Rejects with
 * `signal.reason` when aborted, and ends the program then.
 */
export async function runSmbclient(
  { program, server, port, share, credentials }: SmbServer,
  commands: readonly SmbCommand[],
  directory: string,
  signal: AbortSignal,
): Promise<string> {
  const authentication = join(directory, 'login');
  await writeFile(authentication, authenticationFile(credentials), { mode: 0o600, flag: 'wx' });
  const host = server.replace(/^\[|\]$/g, '');
  const args = ['-A', authentication, '-p', String(port), '--option=unix charset=UTF-8', `//${host}/${share}`];
  const lines = commands.map((command) => `${smbLine(command)}\n`).join('');
  signal.throwIfAborted();
  return await new Promise<string>((resolve, reject) => {
    const output = new BoundedOutput(outputLimit);
    // A group of its own: Ctrl-C at the terminal ends octo-ha in good order, and not the call in hand.
    const child = spawn(program, args, { env: environment(), detached: true });
    const giveUp = (reason: unknown) => {
      signal.removeEventListener('abort', abort);
      child.kill('SIGKILL');
      reject(reason);
    };
    const abort = () => giveUp(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].on('data', (chunk: Buffer) => {
        if (!output.add(stream, chunk)) {
          giveUp(new ShareFailure('failed', 'other', 'smbclient printed more than can be kept'));
        }
      });
    }
    child.once('error', (cause) => {
      giveUp(new ShareFailure('unreachable', 'not-here', `cannot start ${program}: ${cause.message}`, { cause }));
    });
    child.once('close', () => {
      signal.removeEventListener('abort', abort);
      const { stdout, stderr } = output.text();
      resolve(`${stdout}\n${stderr}`);
    });
    // It may end without having read everything.
    child.stdin.on('error', () => {});
    child.stdin.end(lines);
  });
}
