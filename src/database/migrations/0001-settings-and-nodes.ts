import { sql } from 'kysely';
import type { Migration } from './migration.js';

export const settingsAndNodes: Migration = {
  number: 1,
  name: 'settings and nodes',
  minimumWriter: 1,
  makes: ['schema_version', 'cluster', 'setting', 'node'],
  statements: ({ types }) => {
    const instant = sql.raw(types.instant);
    const text = sql.raw(types.text);
    return [
      sql`CREATE TABLE octo_ha.schema_version (
        number int NOT NULL PRIMARY KEY, name nvarchar(100) NOT NULL, applied ${instant} NOT NULL, minimum_writer int NOT NULL)`,
      sql`CREATE TABLE octo_ha.cluster (
        id int NOT NULL PRIMARY KEY, database_name nvarchar(400) NOT NULL, server_name nvarchar(200) NOT NULL, pinned ${instant} NOT NULL)`,
      sql`CREATE TABLE octo_ha.setting (name nvarchar(100) NOT NULL PRIMARY KEY, value ${text} NOT NULL)`,
      sql`CREATE TABLE octo_ha.node (node_id nvarchar(250) NOT NULL PRIMARY KEY, url nvarchar(400) NULL)`,
    ];
  },
};
