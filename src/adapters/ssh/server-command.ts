import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { ServerChannel } from 'ssh2';
import type { SshCommand } from '../../ports/ssh-server.js';

/**
 * Runs a command as OpenSSH's server does without a terminal: in a session of its own, tied to the channel by its pipes
 * only. When the channel closes first, the pipes do, and whoever neither reads nor writes lives on. The channel ends
 * when the command has and nobody holds its output any more. Answers with what delivers a client's signal.
 */
export function runForChannel(
  channel: ServerChannel,
  { line, environment, directory, rewriteInput }: SshCommand,
): (signal: string) => void {
  const child = spawn('sh', ['-c', line], { cwd: directory, env: { ...environment }, detached: true });
  const { stdin, stdout, stderr } = child;
  // Either side may be gone before the other: that is no error of this server.
  for (const stream of [channel, stdin, stdout, stderr]) stream.on('error', () => {});
  child.once('error', (error) => {
    channel.stderr.write(`sh cannot be started: ${error.message}\n`);
    channel.exit(127);
    channel.end();
  });

  if (rewriteInput === undefined) channel.pipe(stdin);
  else {
    const chunks: Buffer[] = [];
    channel.on('data', (chunk: Buffer) => chunks.push(chunk));
    channel.once('end', () => stdin.end(rewriteInput(Buffer.concat(chunks).toString('utf8'))));
  }
  stdout.pipe(channel, { end: false });
  stderr.pipe(channel.stderr, { end: false });
  channel.once('close', () => {
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
  });
  child.once('close', (code, signal) => {
    if (channel.destroyed) return;
    if (signal === null) channel.exit(code ?? 0);
    else channel.exit(signal.replace(/^SIG/, ''), false);
    channel.end();
  });

  return (name) => {
    const number = constants.signals[`SIG${name}` as NodeJS.Signals];
    if (number === undefined || child.pid === undefined || child.exitCode !== null) return;
    try {
      process.kill(-child.pid, number);
    } catch {
      // All of them have ended.
    }
  };
}
