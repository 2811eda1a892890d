import { Agent, request } from 'node:http';
import type { Http, HttpAnswer } from '../ports/http.js';
import { requestFailure } from './request-failure.js';

/**
 * A client that keeps its connections, as browsers and scripts do, and repeats nothing: a connection that breaks is
 * seen. Plain HTTP only. The message of its failures is the reason in a word or two, so that they can be counted.
 */
export function keepAliveHttp(): Http & AsyncDisposable {
  // Connections are given up before a balancer would close them unused.
  const agent = new Agent({ keepAlive: true, timeout: 10_000 });
  return {
    send: ({ url, method = 'GET', headers = {}, body, timeout }, signal) =>
      new Promise<HttpAnswer>((resolve, reject) => {
        const late = setTimeout(() => sent.destroy(new Error('no answer in time')), timeout);
        const stop = () => sent.destroy(new Error('given up'));
        signal.addEventListener('abort', stop, { once: true });
        const settled = () => {
          clearTimeout(late);
          signal.removeEventListener('abort', stop);
        };
        const fail = (error: Error) => {
          settled();
          reject(signal.aborted ? signal.reason : failure(reasonOf(error), error));
        };
        const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
        const sent = request(url, { method, agent, headers: { ...headers, ...length } }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', fail);
          response.on('end', () => {
            settled();
            const plain = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
            resolve({
              status: response.statusCode ?? 0,
              headers: Object.fromEntries(plain),
              body: Buffer.concat(chunks).toString('utf8'),
            });
          });
        });
        const failure = requestFailure(sent);
        sent.on('error', fail);
        sent.end(body);
      }),
    async [Symbol.asyncDispose]() {
      agent.destroy();
    },
  };
}

function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'connection reset';
  return error.message;
}
