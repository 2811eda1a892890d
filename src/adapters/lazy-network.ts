import type { Network } from '../ports/network.js';

const real = async () => (await import('./node-network.js')).nodeNetwork;

/** Node's sockets, loaded at the first use. */
export const lazyNetwork: Network = {
  lookup: async (host, signal) => (await real()).lookup(host, signal),
  connect: async (host, port, signal) => (await real()).connect(host, port, signal),
  certificate: async (host, port, ca, signal) => (await real()).certificate(host, port, ca, signal),
};
