import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '../errors.js';
import type { RunningServer } from '../ports/http-server.js';

/** Servers that are about to stop. Their answers close the connection they go over, which would hold up the stop. */
const stopping = new WeakSet<Server>();

export const isStopping = (server: Server): boolean => stopping.has(server);

export function listenOnLoopback(server: Server, port: number): Promise<RunningServer> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Failure('refused', `the port ${port} is taken`) : error),
    );
    server.listen({ host: '127.0.0.1', port, backlog: 1024 }, () =>
      resolve({ port: (server.address() as AddressInfo).port, stop: () => stop(server) }),
    );
  });
}

function stop(server: Server): Promise<void> {
  stopping.add(server);
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
