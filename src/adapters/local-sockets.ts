import { createConnection } from 'node:net';
import { Failure } from '../errors.js';
import type { LocalSockets } from '../ports/local-sockets.js';

export const localSockets: LocalSockets = {
  ask: (path, line, { timeout }, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      let answer = '';
      const socket = createConnection({ path });
      const fail = (why: string, cause?: unknown) => {
        reject(new Failure('unreachable', `cannot reach the socket ${path}: ${why}`, { cause }));
        socket.destroy();
      };
      const abort = () => {
        reject(signal.reason);
        socket.destroy();
      };
      signal.addEventListener('abort', abort, { once: true });
      socket.setEncoding('utf8');
      socket.setTimeout(timeout, () => fail(`no answer in ${timeout} ms`));
      socket.on('connect', () => socket.write(`${line}\n`));
      socket.on('data', (text) => {
        answer += text;
      });
      socket.on('error', (error) => fail(error.message, error));
      socket.on('end', () => resolve(answer));
      socket.on('close', () => {
        signal.removeEventListener('abort', abort);
        // After an answer this does nothing.
        reject(new Failure('unreachable', `the socket ${path} closed without an answer`));
      });
    }),
};
