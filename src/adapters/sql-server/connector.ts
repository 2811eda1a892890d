import type { LookupAddress, LookupAllOptions } from 'node:dns';
import type { Socket } from 'node:net';
import { connectInParallel, connectInSequence } from 'tedious/lib/connector.js';
import { offersEncryption, splitPacket } from './prelogin.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

type Lookup = (
  host: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** How the driver opens its sockets, whether at first or after the server has sent it elsewhere. */
export type Connector = (address: Address, lookup: Lookup, signal: AbortSignal) => Promise<Socket>;

interface ConnectorOptions {
  /** Tries all addresses of a name at once. */
  readonly parallel: boolean;
  readonly demandEncryption: boolean;
  /** Told before each attempt. */
  readonly onAddress: (address: Address) => void;
  readonly closed: AbortSignal;
}

export const noEncryption = 'ENOENCRYPTION';

/**
 * Asked for encryption, the driver goes on without it where the server says that it has none, and sends the password
 * in the open: a server, or somebody who plays it, could so take the protection away. This connector reads the
 * server's answer first and cuts the connection.
 */
export function connector({ parallel, demandEncryption, onAddress, closed }: ConnectorOptions): Connector {
  const connect = parallel ? connectInParallel : connectInSequence;
  return async (address, lookup, signal) => {
    onAddress(address);
    const socket = await connect(address, lookup, AbortSignal.any([signal, closed]));
    if (demandEncryption) guard(socket);
    // With an error, or the driver goes on waiting for the login's answer until its time is up.
    const cut = () => socket.destroy(new Error('the session was closed'));
    closed.addEventListener('abort', cut, { once: true });
    socket.once('close', () => closed.removeEventListener('abort', cut));
    return socket;
  };
}

function guard(socket: Socket): void {
  let received: Buffer = Buffer.alloc(0);
  // Heard before the driver's own listener, which is attached after.
  socket.on('data', function hear(chunk: Buffer) {
    received = Buffer.concat([received, chunk]);
    const answer = splitPacket(received);
    if (answer === undefined) return;
    socket.off('data', hear);
    if (offersEncryption(answer.payload)) return;
    socket.destroy(Object.assign(new Error('the server offers no encryption'), { code: noEncryption }));
  });
}
