import type { ChaosPart } from './part.js';

/** Every part by its name, in the order of running. A new one is a file and a line here. */
export const parts: Readonly<Record<string, () => Promise<ChaosPart>>> = {
  operations: async () => (await import('./operations.js')).operations,
  balancers: async () => (await import('./balancers.js')).balancersUnderLoad,
  faults: async () => (await import('./faults.js')).faultsNamed,
  machines: async () => (await import('./machines.js')).machinesNamed,
};
