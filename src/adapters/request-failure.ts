import type { ClientRequest } from 'node:http';
import { Failure } from '../errors.js';

/**
 * Watches a request from its beginning, to tell what its failure means: one without a connection cannot have arrived,
 * and whether a reading arrived does not matter.
 */
export function requestFailure(request: ClientRequest): (message: string, cause: Error) => Failure {
  const changes = request.method !== 'GET' && request.method !== 'HEAD';
  let connected = false;
  request.once('socket', (socket) => {
    if (!socket.connecting) connected = true;
    else
      socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
        connected = true;
      });
  });
  return (message, cause) => new Failure(changes && connected ? 'unknown' : 'unreachable', message, { cause });
}
