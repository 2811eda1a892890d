import { connect, createServer, type Server, type Socket } from 'node:net';
import { loopbackServers } from '../../src/adapters/http-servers.js';
import { nodeHttp } from '../../src/adapters/node-http.js';
import { octopusApi } from '../../src/adapters/octopus-api/octopus-api.js';
import type { ReceivedRequest, ServedAnswer } from '../../src/ports/http-server.js';
import type { OctopusApi } from '../../src/ports/octopus-api.js';
import { apiKey } from './simulated-nodes.js';

export type Answering = (request: ReceivedRequest) => Promise<ServedAnswer>;

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** `GET /api/...` of every request so far. */
  readonly asked: readonly string[];
}

/** Serves on this machine over real HTTP. */
export async function serve(answer: Answering): Promise<Served> {
  const asked: string[] = [];
  const server = await loopbackServers.listen(0, (request) => {
    asked.push(`${request.method} ${request.target}`);
    return answer(request);
  });
  return {
    asked,
    port: server.port,
    url: `http://127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

export interface ClientOptions {
  readonly key?: string;
  readonly ca?: string;
  readonly timeout?: number;
  /** Called whenever the key is read. */
  readonly onKey?: () => void;
}

/** octo-ha's own client, over real HTTP. */
export function clientOf(url: string, { key = apiKey, ca, timeout = 30_000, onKey }: ClientOptions = {}): OctopusApi {
  return octopusApi({
    url,
    key: { env: 'KEY' },
    preferred: false,
    secrets: {
      async read() {
        onKey?.();
        return key;
      },
    },
    http: nodeHttp,
    ca,
    timeout,
  });
}

/**
 * A cable to a server on this machine, which can be cut: a request whose first line fits arrives, and its answer is
 * lost.
 */
export async function cable(port: number, cut: RegExp): Promise<{ readonly url: string } & AsyncDisposable> {
  const ends = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    let lost = false;
    for (const end of [near, far]) {
      ends.add(end);
      end.on('error', () => {}).on('close', () => ends.delete(end));
    }
    near.on('data', (chunk) => {
      lost ||= cut.test(chunk.toString('latin1').split('\r\n')[0] ?? '');
      far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (lost) near.resetAndDestroy();
      else near.write(chunk);
    });
    near.on('end', () => far.end());
    far.on('end', () => near.end());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    async [Symbol.asyncDispose]() {
      for (const end of ends) end.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it did not reject with an error');
}
