import { Failure } from '../errors.js';
import { haproxyBackend, haproxyServer } from '../load-balancer/haproxy.js';
import type { LocalSockets } from '../ports/local-sockets.js';

/** Of the column srv_admin_state: somebody asked for a drain. https://docs.haproxy.org/2.6/management.html#9.3 */
const drainBit = 0x08;

/**
 * Sets a server's state by HAProxy's runtime API, and reads it back. A server that drains gets no new requests and ends
 * those it has; its health is still checked. A reload of HAProxy forgets it: then the node's own 418 counts again.
 */
export async function setHaproxyServer(
  { sockets, timeout }: { readonly sockets: LocalSockets; readonly timeout: number },
  {
    haproxySocket,
    backend = haproxyBackend,
  }: { readonly haproxySocket: string; readonly backend?: string | undefined },
  { node, draining }: { readonly node: string; readonly draining: boolean },
  signal: AbortSignal,
): Promise<string> {
  const server = haproxyServer(node);
  if (!/^[\w.:-]+$/.test(backend)) throw new Failure('usage', `${JSON.stringify(backend)} is no backend of HAProxy`);
  const ask = (line: string) => sockets.ask(haproxySocket, line, { timeout }, signal);
  const state = draining ? 'drain' : 'ready';
  const answer = (await ask(`set server ${backend}/${server} state ${state}`)).trim();
  if (answer !== '') throw new Failure('failed', `HAProxy does not set ${backend}/${server} to ${state}: ${answer}`);
  if (drains(await ask(`show servers state ${backend}`), server) !== draining) {
    throw new Failure('failed', `HAProxy does not show ${backend}/${server} as ${state}`);
  }
  return `HAProxy has ${backend}/${server} as ${state}`;
}

/** `undefined` where the server is not listed. */
export function drains(table: string, server: string): boolean | undefined {
  const lines = table.split('\n').map((line) => line.trim());
  const header =
    lines
      .find((line) => line.startsWith('# '))
      ?.slice(2)
      .split(' ') ?? [];
  const [name, admin] = [header.indexOf('srv_name'), header.indexOf('srv_admin_state')];
  if (name < 0 || admin < 0) return undefined;
  const row = lines.map((line) => line.split(' ')).find((cells) => cells[name] === server);
  const state = Number(row?.[admin]);
  return Number.isInteger(state) ? (state & drainBit) !== 0 : undefined;
}
