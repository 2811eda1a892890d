import { Failure } from '../errors.js';
import type { BalancedNode } from '../load-balancer/balancer.js';
import type { Http } from '../ports/http.js';
import type { LocalSockets } from '../ports/local-sockets.js';
import type { Programs } from '../ports/programs.js';
import type { TextFiles } from '../ports/text-files.js';
import { type Balancer, renderFor } from './balancer.js';
import { loadBalancerFile } from './balancer-file.js';
import { setApacheMember } from './balancer-manager.js';
import { setHaproxyServer } from './haproxy-socket.js';

/** What is done on this admin machine when a node drains or comes back. Comes from the local context file alone. */
export type BalancerOnChange =
  | { readonly file: string; readonly test?: readonly string[] | undefined; readonly reload: readonly string[] }
  | { readonly haproxySocket: string; readonly backend?: string | undefined }
  | { readonly balancerManager: string; readonly balancer?: string | undefined };

/** The balancer of the context, and what is done when a node changes. */
export interface KnownBalancer extends Balancer {
  /** Where its configuration is. */
  readonly file?: string | undefined;
  readonly onChange?: BalancerOnChange | undefined;
  /** Milliseconds from a node's first 418 until it gets no more requests, where they are not the renderer's. */
  readonly outAfter?: number | undefined;
  /** Milliseconds from a node's first 200 until it gets requests again. */
  readonly inAfter?: number | undefined;
}

/** What telling a balancer needs of the outside. */
export interface BalancerPorts {
  readonly files: TextFiles;
  readonly programs: Programs;
  readonly sockets: LocalSockets;
  readonly http: Http;
  /** Milliseconds for one call of a program, a socket or a page. */
  readonly timeout: number;
}

export interface BalancerChange {
  /** Every node of the balancer, as `balancedNodes` gives them. */
  readonly nodes: readonly BalancedNode[];
  /** The node's name. */
  readonly node: string;
  readonly draining: boolean;
}

/**
 * Tells the load balancer that a node drains or is back, and answers with one sentence on what was done; `undefined` where
 * the context names nothing to do. What it does may be done again: it looks, or sets what is set already, so that a
 * command that was killed in the middle can be run again. It ends when the balancer has confirmed: the reload has ended,
 * the socket shows the new state, the page does.
 *
 * Drain calls it after the drain flag is set and before the settle window is waited for; undrain calls it after the flag
 * is taken away and the node's own ping has answered 200, and never before, since a balancer that is told believes it.
 * It changes nothing in the cluster and needs no lease, but it is an effect: the journal has its intent before and its
 * result after. Rejects with a `Failure` when the balancer refuses; the drain flag stands then, and the balancer may have
 * seen the 418 by itself, so the caller goes on with a warning rather than undoing the drain.
 */
export async function tellBalancer(
  ports: BalancerPorts,
  balancer: KnownBalancer,
  { nodes, node, draining }: BalancerChange,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { onChange } = balancer;
  if (onChange === undefined) return undefined;
  const one = nodes.find(({ name }) => name === node);
  if (one === undefined) throw new Failure('usage', `the load balancer does not know the node ${node}`);
  if ('haproxySocket' in onChange) return await setHaproxyServer(ports, onChange, { node, draining }, signal);
  if ('balancerManager' in onChange) return await setApacheMember(ports, onChange, { node: one, draining }, signal);
  const seen = nodes.map((other) => (other === one ? { ...other, drained: draining } : other));
  return await loadBalancerFile(ports, onChange, renderFor(balancer, seen).text, signal);
}
