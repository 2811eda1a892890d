import type { Cluster } from './cluster.js';

/** Octopus' REST API for whoever only reads; `undefined` where the context names no key. */
export async function octopusOf({ api: open }: Pick<Cluster, 'api'>) {
  const api = await open();
  return (
    api && { get: (path: string, signal: AbortSignal) => api.get(path, { parse: (value: unknown) => value }, signal) }
  );
}
