import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { HttpServers, ReceivedRequest, ServedAnswer } from '../ports/http-server.js';
import { isStopping, listenOnLoopback } from './loopback-listener.js';

const keptOfBody = 1024 * 1024;

/** Longer than balancers keep an unused connection, so that it is they who close it and no request meets a closed one. */
const keepAlive = 90_000;

/**
 * Kestrel's time for whoever has connected to send a request.
 * https://learn.microsoft.com/dotnet/api/microsoft.aspnetcore.server.kestrel.core.kestrelserverlimits.requestheaderstimeout
 */
const untilAsked = { headersTimeout: 30_000, connectionsCheckingInterval: 5_000 };

type Answering = (request: ReceivedRequest) => Promise<ServedAnswer>;

export const loopbackServers: HttpServers = {
  listen(port, answer) {
    const server = createServer({ keepAliveTimeout: keepAlive, requestTimeout: 0, ...untilAsked });
    server.on('request', (request, response) => void serve(server, request, response, answer));
    return listenOnLoopback(server, port);
  },
};

async function serve(
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answering,
): Promise<void> {
  try {
    const { status, headers, body } = await answer({
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      body: await bodyOf(request),
    });
    if (isStopping(server)) response.shouldKeepAlive = false;
    response.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...headers });
    response.end(request.method === 'HEAD' ? undefined : body);
  } catch (error) {
    // Whoever asked has gone away, or is told that something here is wrong.
    if (response.headersSent || response.destroyed) return void response.destroy();
    response.writeHead(500, { 'Content-Type': 'text/plain' });
    response.end(error instanceof Error ? error.message : String(error));
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (size < keptOfBody) kept.push(chunk.subarray(0, keptOfBody - size));
    size += chunk.length;
  }
  return Buffer.concat(kept).toString('utf8');
}
