import { sql } from 'kysely';
import type { Effect } from '../database.js';
import { db } from '../own-tables-builder.js';

const name = 'write probe';

/** Writes to Octopus' table of nodes as a drain does, and to no row: the server judges the right all the same. */
const onNodes: Effect = {
  rows: 0,
  statement: ({ shape: { nodes } }) => sql`
    UPDATE dbo.OctopusServerNode SET ${sql.id(nodes.drain)} = ${false} WHERE 1 = 0`,
};

/** Makes a row in octo-ha's own tables and takes it away again, in one transaction. */
const inOwnTables: readonly Effect[] = [
  { rows: 'any', statement: (builder) => db(builder).deleteFrom('octo_ha.setting').where('name', '=', name) },
  { rows: 1, statement: (builder) => db(builder).insertInto('octo_ha.setting').values({ name, value: '' }) },
  { rows: 1, statement: (builder) => db(builder).deleteFrom('octo_ha.setting').where('name', '=', name) },
];

/** A change that goes the way of every other one and leaves nothing. */
export const writeProbe = ({ ownTables }: { readonly ownTables: boolean }): readonly Effect[] =>
  ownTables ? [onNodes, ...inOwnTables] : [onNodes];
