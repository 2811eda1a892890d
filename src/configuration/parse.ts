import { isNode, LineCounter, parseDocument } from 'yaml';
import { Failure } from '../errors.js';
import {
  type ClusterContext,
  type Configuration,
  clusterContext,
  configuration,
  emptyConfiguration,
} from './configuration.js';

/** Reads the text of a context file. What is wrong with it is told with line and column. */
export const parseConfiguration = (text: string, path: string): Configuration => read(text, path).configuration;

/** The same, and the context that it selects must be there. */
export function validateConfiguration(text: string, path: string): Configuration {
  const { document, lines, configuration } = read(text, path);
  const { current, contexts } = configuration;
  if (current === undefined || Object.hasOwn(contexts, current)) return configuration;
  throw invalid(path, lines, nearestNode(document, ['current']), `current: there is no context ${current}`);
}

function read(text: string, path: string) {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken) throw invalid(path, lines, broken.pos[0], broken.message);
  const value = toJs(document, (message) => invalid(path, lines, 0, message));
  if (value === null || value === undefined) return { document, lines, configuration: emptyConfiguration };

  const result = configuration.safeParse(value);
  if (!result.success) {
    const issue = deepest(result.error.issues);
    const place = nearestNode(document, issue.path);
    throw invalid(path, lines, place, `${issue.path.join('.') || 'the file'}: ${explain(issue)}`);
  }
  return { document, lines, configuration: result.data };
}

/** A context that is put together elsewhere, held to the same rules. */
export function checkedContext(value: unknown): ClusterContext {
  const result = clusterContext.safeParse(value);
  if (result.success) return result.data;
  const issue = deepest(result.error.issues);
  throw new Failure('usage', `${issue.path.join('.')}: ${explain(issue)}`);
}

/** Aliases are resolved only here: one that names nothing, or that would unfold without end, is an error of the file. */
function toJs(document: ReturnType<typeof parseDocument>, invalidFile: (message: string) => Failure): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw invalidFile((error as Error).message);
  }
}

interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
}

/** Of the alternatives of a union, what is wrong with the one that came furthest. */
function deepest(issues: readonly Issue[]): Issue {
  const [issue] = issues;
  if (issue === undefined) return { path: [], message: 'is not valid' };
  const branches = (issue.errors ?? []).filter((branch) => branch.length > 0).map(deepest);
  const best = branches.sort((a, b) => b.path.length - a.path.length || weight(a) - weight(b))[0];
  return best === undefined ? issue : { ...best, path: [...issue.path, ...best.path] };
}

const weight = ({ code }: Issue): number => (code === 'unrecognized_keys' ? 0 : 1);

const explain = ({ message, keys }: Issue): string => (keys ? `does not know ${keys.join(', ')}` : message);

function nearestNode(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length) as unknown[], true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function invalid(path: string, lines: LineCounter, offset: number, message: string): Failure {
  const { line, col } = lines.linePos(offset);
  return new Failure('usage', `${path}:${line}:${col}: ${message}`, {
    hint: 'Correct the file, or name another one with --config.',
  });
}
