import { sql } from 'kysely';
import type { Migration } from './migration.js';

/** How the machines of the nodes are reached, and what was last seen of each node, to notice changes made outside. */
export const machines: Migration = {
  number: 3,
  name: 'machines',
  minimumWriter: 2,
  makes: ['machine', 'observed'],
  statements: ({ types }) => [
    sql`CREATE TABLE octo_ha.machine (node_id nvarchar(250) NOT NULL PRIMARY KEY, address ${sql.raw(types.text)} NOT NULL)`,
    sql`CREATE TABLE octo_ha.observed (
      node_id nvarchar(250) NOT NULL PRIMARY KEY, node_name nvarchar(200) NOT NULL, draining int NOT NULL,
      task_cap int NOT NULL, at ${sql.raw(types.instant)} NOT NULL)`,
  ],
};
