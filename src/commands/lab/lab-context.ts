import type { ClusterContext, Configuration } from '../../configuration/configuration.js';
import { Failure } from '../../errors.js';

/** What the lab is called among the contexts. */
export const labContextName = 'lab';

/** The context of that name may be a lab's, of this home or of an earlier one, but no real cluster's. */
export function refuseOtherCluster({ contexts }: Configuration, path: string): void {
  const there = contexts[labContextName];
  if (there === undefined || there.database.engine === 'sqlite') return;
  throw new Failure('usage', `the context ${labContextName} in ${path} is a real cluster`, {
    hint: 'Give it another name: the lab needs this one.',
  });
}

export const isContextOf = (context: ClusterContext | undefined, directory: string): boolean =>
  context?.database.engine === 'sqlite' && context.database.directory === directory;
