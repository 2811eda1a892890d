import { nearest } from '../../cluster/nearest.js';
import type { ClusterContext } from '../../configuration/configuration.js';
import { Failure } from '../../errors.js';
import type { Context } from '../context.js';

/** The context of that name in the text of the file; otherwise a `Failure` that names the nearest ones. */
export async function knownContext(
  text: string,
  name: string,
  { configurationFile: { path } }: Pick<Context, 'configurationFile'>,
): Promise<ClusterContext> {
  const { parseConfiguration } = await import('../../configuration/parse.js');
  const { contexts } = parseConfiguration(text, path);
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (found !== undefined) return found;
  const names = Object.keys(contexts);
  const near = nearest(name, names);
  const there = names.length === 0 ? 'none' : names.join(', ');
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `The contexts in ${path} are: ${there}`;
  throw new Failure('usage', `there is no context ${name}`, { hint });
}
