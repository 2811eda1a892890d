import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import type { Network } from '../ports/network.js';
import { untilAborted } from './sql-server/until-aborted.js';

export const nodeNetwork: Network = {
  async addresses(host, signal) {
    signal.throwIfAborted();
    // The system's own look-up cannot be stopped, only not waited for.
    const found = lookup(host, { all: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTFOUND') return [];
      throw error;
    });
    return (await untilAborted(found, signal)).map(({ address }) => address);
  },
  connect: (host, port, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const socket = connect({ host, port });
      const end = (settle: () => void) => {
        signal.removeEventListener('abort', abort);
        socket.destroy();
        settle();
      };
      const abort = () => end(() => reject(signal.reason));
      signal.addEventListener('abort', abort, { once: true });
      socket.once('connect', () => end(resolve));
      socket.once('error', (error) => end(() => reject(error)));
    }),
};
