import { parseDocument } from 'yaml';
import type { ClusterContext } from './configuration.js';

export interface EffectiveValue {
  /** `database.placement`. */
  readonly key: string;
  readonly value: unknown;
  readonly source: 'file' | 'default';
}

/** What holds for a context, each value with where it was written: in the file's text, or nowhere. */
export function effectiveValues(text: string, name: string, context: ClusterContext): readonly EffectiveValue[] {
  const document = parseDocument(text);
  const inFile = (path: readonly string[]) => document.hasIn(['contexts', name, ...path]);
  return leaves(context, []).map(({ path, value }) => ({
    key: path.join('.'),
    value,
    source: inFile(path) ? 'file' : 'default',
  }));
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Where a secret is counts as one value. */
const whole = new Set(['password', 'passphrase', 'servicePassword']);

function leaves(value: unknown, path: readonly string[]): readonly Leaf[] {
  const isLeaf = value === null || typeof value !== 'object' || Array.isArray(value) || whole.has(path.at(-1) ?? '');
  if (isLeaf) return value === undefined ? [] : [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}
