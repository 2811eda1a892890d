import type { Operating } from '../operations/journal/run-operation.js';
import type { Context } from './context.js';

/** The cluster together with who changes it and why, as the command line says. */
export async function operating({ cluster, identity, globals }: Context): Promise<Operating> {
  const { reason, change, override, waitLease } = globals;
  return {
    cluster: await cluster(),
    identity,
    occasion: { reason, changeId: change, overrides: override, waitLease },
  };
}
