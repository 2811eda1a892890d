import {
  Agent,
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request as openRequest,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';
import type { ReverseProxy, Upstreams } from '../ports/reverse-proxy.js';
import { isStopping, listenOnLoopback } from './loopback-listener.js';

/** Headers that are about one connection only. https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const hopByHop = new Set(
  'connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade expect'.split(
    ' ',
  ),
);

export const nodeReverseProxy: ReverseProxy = {
  listen(port, upstreams) {
    const kept = new Agent({ keepAlive: true, timeout: 30_000 });
    const server = createServer({ keepAliveTimeout: 90_000, requestTimeout: 0 });
    server.on('request', (request, response) => {
      new Exchange(request, response, upstreams, { kept, isEnding: () => isStopping(server) }).attempt();
    });
    return listenOnLoopback(server, port);
  },
};

interface Connections {
  /** To the servers. */
  readonly kept: Agent;
  /** Whether those of the clients are to be closed after their answer. */
  isEnding(): boolean;
}

/** One request on its way to a server, and perhaps to another one. */
class Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #upstreams: Upstreams;
  readonly #connections: Connections;
  readonly #tried: string[] = [];
  readonly #hasBody: boolean;

  constructor(request: IncomingMessage, response: ServerResponse, upstreams: Upstreams, connections: Connections) {
    this.#request = request;
    this.#response = response;
    this.#upstreams = upstreams;
    this.#connections = connections;
    const { headers } = request;
    this.#hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  }

  get #repeatable(): boolean {
    return !this.#hasBody && /^(GET|HEAD)$/.test(this.#request.method ?? '');
  }

  attempt(): void {
    const url = this.#upstreams.choose(this.#tried);
    if (url === undefined) {
      this.#refuse(503, 'no node is in service');
      return;
    }
    this.#tried.push(url);
    const onward = openRequest(new URL(url), {
      path: this.#request.url,
      method: this.#request.method,
      headers: this.#headers(),
      // What must not be repeated gets a fresh connection, which cannot be one that is just being closed.
      agent: this.#repeatable ? this.#connections.kept : false,
    });
    const abandon = () => onward.destroy();
    let sent = this.#repeatable;
    this.#response.once('close', abandon);
    onward.once('response', (answer) => this.#passOn(answer));
    onward.once('error', () => {
      this.#response.off('close', abandon);
      if (this.#response.headersSent || this.#response.destroyed) return void this.#response.destroy();
      this.#upstreams.failed(url);
      if (this.#repeatable || !sent) this.attempt();
      else this.#refuse(502, 'the node ended the connection');
    });
    if (!this.#hasBody) return void onward.end();
    whenConnected(onward, () => {
      sent = true;
      pipeline(this.#request, onward, () => {});
    });
  }

  #passOn(answer: IncomingMessage): void {
    if (this.#connections.isEnding()) this.#response.shouldKeepAlive = false;
    this.#response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer));
    pipeline(answer, this.#response, (error) => {
      if (error) this.#response.destroy();
    });
  }

  #refuse(status: number, why: string): void {
    this.#response.writeHead(status, { 'Content-Type': 'text/plain', Connection: 'close' });
    this.#response.end(`${why}\n`);
  }

  #headers(): Record<string, string | string[]> {
    const { headers, socket } = this.#request;
    const from = [headers['x-forwarded-for'] ?? [], socket.remoteAddress ?? 'unknown'].flat().join(', ');
    return {
      ...endToEnd(this.#request),
      'x-forwarded-for': from,
      'x-forwarded-proto': 'http',
      'x-forwarded-host': headers.host ?? '',
    };
  }
}

function endToEnd({ headers }: IncomingMessage): Record<string, string | string[]> {
  const named = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/);
  const entries = Object.entries(headers).filter(([name]) => !hopByHop.has(name) && !named.includes(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']));
}

/** Until then nothing of the body is sent, so that a server that cannot be reached costs nothing. */
function whenConnected(onward: ClientRequest, go: () => void): void {
  onward.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', go);
    else go();
  });
}
