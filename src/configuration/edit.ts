import { parseDocument } from 'yaml';
import type { ClusterContext } from './configuration.js';

/** The file's text with this context added or replaced; comments and everything else stay. */
export function withContext(
  text: string,
  name: string,
  context: ClusterContext,
  { select }: { select: boolean },
): string {
  const document = parseDocument(text);
  if (document.contents === null) document.contents = document.createNode({}) as never;
  document.setIn(['contexts', name], document.createNode(context));
  if (select) document.set('current', name);
  return document.toString();
}

/** The file's text with where this machine finds the shared folder of that context. */
export function withStorage(text: string, name: string, storage: ClusterContext['storage']): string {
  const document = parseDocument(text);
  document.setIn(['contexts', name, 'storage'], document.createNode(storage));
  return document.toString();
}

/** The file's text without this context; where it was the current one, none is. */
export function withoutContext(text: string, name: string): string {
  const document = parseDocument(text);
  document.deleteIn(['contexts', name]);
  if (document.get('current') === name) document.delete('current');
  return document.toString();
}

/** The file's text with this context as the one that is used when none is named. */
export function withSelection(text: string, name: string): string {
  const document = parseDocument(text);
  document.set('current', name);
  return document.toString();
}
