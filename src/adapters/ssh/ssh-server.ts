import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import ssh2, { type AuthContext, type ParsedKey, type ServerChannel } from 'ssh2';
import { Failure } from '../../errors.js';
import type { SshServers } from '../../ports/ssh-server.js';
import { runForChannel } from './server-command.js';

/** ssh2's own server. It runs commands and nothing else: no terminal, no forwarding, no file transfer. */
export const sshServers: SshServers = {
  listen({ port, hostKey, user, clientKey, commandFor }) {
    const accepted = ssh2.utils.parseKey(clientKey);
    if (accepted instanceof Error) throw accepted;
    const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
      // Clients go away as they like.
      connection.on('error', () => {});
      connection.on('authentication', (attempt) => {
        if (mayEnter(attempt, user, accepted)) attempt.accept();
        else attempt.reject(['publickey']);
      });
      connection.on('session', (accept) => {
        const session = accept();
        let deliver: (signal: string) => void = () => {};
        session.on('exec', (accepting, _rejecting, { command }) => {
          deliver = runForChannel(accepting(), commandFor(command));
        });
        session.on('shell', (accepting) => refuseShell(accepting()));
        session.on('signal', (accepting, _rejecting, { name }) => {
          deliver(name);
          accepting?.();
        });
      });
    });
    // A listener of our own, since ssh2's does not end connections whose clients keep them.
    const sockets = new Set<Socket>();
    const listener = createServer((socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      server.injectSocket(socket);
    });
    return listen(listener, port, () => {
      for (const socket of sockets) socket.destroy();
    });
  },
};

function listen(listener: Server, port: number, endAll: () => void): ReturnType<SshServers['listen']> {
  return new Promise((resolve, reject) => {
    listener.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Failure('refused', `the port ${port} is taken`) : error),
    );
    listener.listen(port, '127.0.0.1', () =>
      resolve({
        stop: () =>
          new Promise((stopped) => {
            listener.close(() => stopped());
            endAll();
          }),
      }),
    );
  });
}

/** A client first asks whether a key would do, without a signature. */
function mayEnter(attempt: AuthContext, user: string, accepted: ParsedKey): boolean {
  if (attempt.method !== 'publickey' || attempt.username !== user) return false;
  const { key, signature, blob, hashAlgo } = attempt;
  const known = accepted.getPublicSSH();
  if (key.algo !== accepted.type || key.data.length !== known.length || !timingSafeEqual(key.data, known)) return false;
  return signature === undefined || accepted.verify(blob ?? Buffer.alloc(0), signature, hashAlgo) === true;
}

function refuseShell(channel: ServerChannel): void {
  channel.stderr.write('this simulated machine has no terminal: give the command to run after its name\n');
  channel.exit(1);
  channel.end();
}
