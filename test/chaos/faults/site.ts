import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { Undo } from '../../support/chaos/fault-lab.js';

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Upstream {
  readonly status: number;
  readonly body: string;
}

export interface Site {
  readonly url: string;
  readonly stop: Undo;
}

interface Secured {
  readonly key: string;
  readonly certificate: string;
  readonly limits: SecureContextOptions;
}

/**
 * Stands in front of a web server and answers as that does, but where `answer` has something else to say of a path.
 * With a certificate it speaks TLS.
 */
export async function siteOf(
  upstream: string,
  answer: (path: string, told: Upstream) => Answer | undefined,
  secured?: Secured,
): Promise<Site> {
  const handle: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      // Whoever asked has gone in the middle of the request.
      return;
    }
    const path = request.url ?? '/';
    const { method = 'GET', headers } = request;
    const key = headers['x-octopus-apikey'];
    const told = await fetch(new URL(path, upstream), {
      method,
      redirect: 'manual',
      headers: typeof key === 'string' ? { 'x-octopus-apikey': key } : {},
      ...(method === 'GET' ? {} : { body: Buffer.concat(chunks) }),
    }).catch(() => undefined);
    const body = (await told?.text()) ?? '';
    const node = told?.headers.get('octopus-node');
    const said = answer(path, { status: told?.status ?? 502, body });
    response.writeHead(said?.status ?? told?.status ?? 502, {
      'Content-Type': told?.headers.get('content-type') ?? 'text/plain',
      ...(node ? { 'Octopus-Node': node } : {}),
      ...said?.headers,
    });
    response.end(said?.body ?? body);
  };
  const server: Server =
    secured === undefined
      ? createServer(handle)
      : createSecureServer({ ...secured.limits, key: secured.key, cert: secured.certificate }, handle);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${secured === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
