import * as z from 'zod/mini';
import { nodeKey } from '../../cluster/node.js';
import type { Effect, Question } from '../database.js';
import { db } from '../own-tables-builder.js';

const row = z.object({ node_id: z.string(), url: z.nullable(z.string()) });

/** Each node's own web address, by its Id as `nodeKey` has it: where its ping is asked. Empty where octo-ha's tables are missing. */
export const nodeAddresses: Question<ReadonlyMap<string, string>> = {
  ask: ({ ownTables, dialect, placement }) =>
    ownTables.has('node') ? dialect.builder(placement).selectFrom('octo_ha.node').select(['node_id', 'url']) : null,
  answer: (rows) =>
    new Map(
      rows
        .map((raw) => row.parse(raw))
        .flatMap(({ node_id, url }) => (url === null ? [] : [[nodeKey(node_id), url] as const])),
    ),
};

/** Replaces where a node's ping is asked. */
export const keepNodeAddress = (nodeId: string, url: string): readonly Effect[] => keepNodeAddresses([{ nodeId, url }]);

/** The same of several nodes, in as many statements. */
export function keepNodeAddresses(
  kept: readonly { readonly nodeId: string; readonly url: string }[],
): readonly Effect[] {
  if (kept.length === 0) return [];
  const ids = kept.map(({ nodeId }) => nodeId);
  return [
    { rows: 'any', statement: (builder) => db(builder).deleteFrom('octo_ha.node').where('node_id', 'in', ids) },
    {
      rows: kept.length,
      statement: (builder) =>
        db(builder)
          .insertInto('octo_ha.node')
          .values(kept.map(({ nodeId, url }) => ({ node_id: nodeId, url }))),
    },
  ];
}
