import { Failure } from '../errors.js';
import {
  type ClusterContext,
  type Configuration,
  clusterContext,
  configuration,
  emptyConfiguration,
} from './configuration.js';
import { deepest, explain } from './issue.js';
import { invalidFile, nearestNode, readYaml } from './read-yaml.js';

const correct = 'Correct the file, or name another one with --config.';

/** Reads the text of a context file. What is wrong with it is told with line and column. */
export const parseConfiguration = (text: string, path: string): Configuration => read(text, path).configuration;

/** The same, and the context that it selects must be there. */
export function validateConfiguration(text: string, path: string): Configuration {
  const { document, lines, configuration } = read(text, path);
  const { current, contexts } = configuration;
  if (current === undefined || Object.hasOwn(contexts, current)) return configuration;
  throw invalidFile(
    path,
    lines,
    nearestNode(document, ['current']),
    `current: there is no context ${current}`,
    correct,
  );
}

const read = (text: string, path: string) => {
  const { value, ...more } = readYaml(configuration, text, path, correct);
  return { ...more, configuration: value ?? emptyConfiguration };
};

/** A context that is put together elsewhere, held to the same rules. */
export function checkedContext(value: unknown): ClusterContext {
  const result = clusterContext.safeParse(value);
  if (result.success) return result.data;
  const issue = deepest(result.error.issues);
  throw new Failure('usage', `${issue.path.join('.')}: ${explain(issue, true)}`);
}
