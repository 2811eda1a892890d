import { type IncomingHttpHeaders, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import type { Http, HttpAnswer } from '../ports/http.js';
import { connectionTrouble } from './connection-trouble.js';
import { requestFailure } from './request-failure.js';
import { systemClock } from './system-clock.js';
import { trusting } from './trusting.js';

/** Larger answers are cut off: everything octo-ha asks for is small. */
const largestBody = 4 * 1024 * 1024;

/** Node's own client: it follows no redirect, so a ping that redirects is seen as one. */
export const nodeHttp: Http = {
  send: ({ url, method = 'GET', headers = {}, body, announces, ca, timeout }, signal) =>
    new Promise<HttpAnswer>((resolve, reject) => {
      const target = new URL(url);
      const send = target.protocol === 'https:' ? overHttps : overHttp;
      const limit = systemClock.within(timeout, signal);
      const options = {
        method,
        headers: announces === undefined ? headers : { ...headers, ...announcing(announces) },
        agent: false as const,
        signal: limit,
        ...trusting(ca),
      };
      const request = send(target, options, (response) => {
        if (announces !== undefined) return answered(response.statusCode ?? 0, response.headers);
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size <= largestBody) chunks.push(chunk);
          else response.destroy(new Error('the answer is too large'));
        });
        response.on('error', fail);
        response.on('end', () => {
          limit[Symbol.dispose]();
          resolve({
            status: response.statusCode ?? 0,
            headers: plain(response.headers),
            body: Buffer.concat(chunks).toString('utf8'),
          });
        });
      });
      const answered = (status: number, headers: IncomingHttpHeaders) => {
        limit[Symbol.dispose]();
        resolve({ status, headers: plain(headers), body: '' });
        request.destroy();
      };
      const failure = requestFailure(request);
      const fail = (error: Error) => {
        limit[Symbol.dispose]();
        if (signal.aborted) return reject(signal.reason);
        const why = limit.aborted ? `no answer within ${timeout / 1_000} s` : connectionTrouble(error);
        reject(failure(`cannot reach ${target.origin}: ${why}`, error));
      };
      request.on('error', fail);
      if (announces === undefined) return void request.end(body);
      request.on('continue', () => answered(100, {}));
      request.flushHeaders();
    }),
};

/** https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1 */
const announcing = (bytes: number) => ({ 'Content-Length': String(bytes), Expect: '100-continue' });

const plain = (headers: IncomingHttpHeaders): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)] as const));
