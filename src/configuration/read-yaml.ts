import { isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type * as z from 'zod/mini';
import { Failure } from '../errors.js';
import { deepest, explain } from './issue.js';

type Document = ReturnType<typeof parseDocument>;

/** Reads a file that a person writes. What is wrong with it is told with line and column, and `hint`. */
export function readYaml<T>(schema: z.ZodMiniType<T>, text: string, path: string, hint: string) {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken) throw invalidFile(path, lines, broken.pos[0], broken.message, hint);
  visit(document, {
    Pair(_, { key }) {
      // It would vanish on the way: no object of JavaScript holds it as others.
      if (!isScalar(key) || key.value !== '__proto__') return;
      throw invalidFile(path, lines, key.range?.[0] ?? 0, 'nothing can be called __proto__', hint);
    },
  });
  const value = toJs(document, (message) => invalidFile(path, lines, 0, message, hint));
  if (value === null || value === undefined) return { document, lines, value: undefined };

  const result = schema.safeParse(value);
  if (!result.success) {
    const issue = deepest(result.error.issues);
    const place = nearestNode(document, issue.path);
    const message = `${issue.path.join('.') || 'the file'}: ${explain(issue, document.hasIn(issue.path))}`;
    throw invalidFile(path, lines, place, message, hint);
  }
  return { document, lines, value: result.data };
}

/** Aliases are resolved only here: one that names nothing, or that would unfold without end, is an error of the file. */
function toJs(document: Document, invalid: (message: string) => Failure): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

export function nearestNode(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length) as unknown[], true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

export function invalidFile(path: string, lines: LineCounter, offset: number, message: string, hint: string): Failure {
  const { line, col } = lines.linePos(offset);
  return new Failure('usage', `${path}:${line}:${col}: ${message}`, { hint });
}
