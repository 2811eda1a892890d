import { isDeepStrictEqual } from 'node:util';
import type { ClusterContext, Configuration } from '../../configuration/configuration.js';
import { Failure } from '../../errors.js';
import type { LabLook } from '../../lab/look.js';

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

/** What reaches the lab. */
export const contextOf = ({ database, api, ssh }: LabLook): ClusterContext => ({
  database,
  ssh: { config: ssh.configuration },
  ...(api === null ? {} : { api: { url: api.url, key: { file: api.keyFile } } }),
});

export const isContextOf = (context: ClusterContext | undefined, directory: string): boolean =>
  context?.database.engine === 'sqlite' && context.database.directory === directory;

/** Whether the context names this lab, and its API where it is: ports change. */
export function isUpToDate(context: ClusterContext | undefined, look: LabLook): boolean {
  const there = context?.api;
  const api = there && { url: there.url, key: there.key };
  const wanted = contextOf(look);
  return (
    isContextOf(context, look.database.directory) &&
    context?.ssh?.config === wanted.ssh?.config &&
    isDeepStrictEqual(api, wanted.api)
  );
}
