import { sql } from 'kysely';
import type { Migration } from './migration.js';

/** Lease, journal, holds and audit. Keys are text that sorts by time, made by the client, so no engine has to number. */
export const operations: Migration = {
  number: 2,
  name: 'operations',
  minimumWriter: 2,
  makes: ['lease', 'operation', 'step', 'seen_task', 'hold', 'audit'],
  statements: ({ types, now }) => {
    const instant = sql.raw(types.instant);
    const text = sql.raw(types.text);
    return [
      sql`CREATE TABLE octo_ha.lease (
        id int NOT NULL PRIMARY KEY, token bigint NOT NULL, holder nvarchar(50) NOT NULL, operation_id nvarchar(30) NULL,
        who nvarchar(200) NOT NULL, host nvarchar(200) NOT NULL, pid int NOT NULL, process_started nvarchar(50) NOT NULL,
        since ${instant} NOT NULL, expires ${instant} NOT NULL, stop_requested nvarchar(400) NULL)`,
      sql`INSERT INTO octo_ha.lease (id, token, holder, operation_id, who, host, pid, process_started, since, expires, stop_requested)
        VALUES (1, 0, '', NULL, '', '', 0, '', ${now}, ${now}, NULL)`,
      sql`CREATE TABLE octo_ha.operation (
        id nvarchar(30) NOT NULL PRIMARY KEY, kind nvarchar(50) NOT NULL, state nvarchar(20) NOT NULL, nodes ${text} NOT NULL,
        request ${text} NOT NULL, who nvarchar(200) NOT NULL, host nvarchar(200) NOT NULL, reason nvarchar(1000) NULL,
        change_id nvarchar(200) NULL, channel nvarchar(20) NOT NULL, started ${instant} NOT NULL, ended ${instant} NULL,
        outcome ${text} NULL)`,
      sql`CREATE TABLE octo_ha.step (
        operation_id nvarchar(30) NOT NULL, number int NOT NULL, node_id nvarchar(250) NOT NULL, action nvarchar(50) NOT NULL,
        intended ${instant} NOT NULL, ended ${instant} NULL, result nvarchar(20) NULL, detail ${text} NULL,
        PRIMARY KEY (operation_id, number))`,
      sql`CREATE TABLE octo_ha.seen_task (
        operation_id nvarchar(30) NOT NULL, task_id nvarchar(50) NOT NULL, node_id nvarchar(250) NOT NULL,
        state nvarchar(50) NOT NULL, PRIMARY KEY (operation_id, task_id))`,
      sql`CREATE TABLE octo_ha.hold (
        node_id nvarchar(250) NOT NULL PRIMARY KEY, who nvarchar(200) NOT NULL, why nvarchar(1000) NOT NULL,
        since ${instant} NOT NULL, until ${instant} NULL, operation_id nvarchar(30) NULL)`,
      sql`CREATE TABLE octo_ha.audit (
        id nvarchar(30) NOT NULL PRIMARY KEY, at ${instant} NOT NULL, login nvarchar(200) NOT NULL, who nvarchar(200) NOT NULL,
        host nvarchar(200) NOT NULL, node_id nvarchar(250) NOT NULL, node_name nvarchar(200) NOT NULL, action nvarchar(50) NOT NULL,
        before_value nvarchar(400) NULL, after_value nvarchar(400) NULL, reason nvarchar(1000) NULL, change_id nvarchar(200) NULL,
        overrides nvarchar(400) NULL, channel nvarchar(20) NOT NULL, operation_id nvarchar(30) NULL)`,
    ];
  },
};
