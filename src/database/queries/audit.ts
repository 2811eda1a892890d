import { sql } from 'kysely';
import * as z from 'zod/mini';
import type { AuditEntry } from '../../cluster/operation.js';
import { count, instant } from '../columns.js';
import type { Effect, Question } from '../database.js';
import { db } from '../own-tables-builder.js';

const row = z.object({
  id: z.string(),
  at: instant,
  login: z.string(),
  who: z.string(),
  host: z.string(),
  node_id: z.string(),
  node_name: z.string(),
  action: z.string(),
  before_value: z.nullable(z.string()),
  after_value: z.nullable(z.string()),
  reason: z.nullable(z.string()),
  change_id: z.nullable(z.string()),
  overrides: z.nullable(z.string()),
  channel: z.string(),
  operation_id: z.nullable(z.string()),
});

/** Who did what, oldest first, since a moment and for one node if asked. */
export const auditEntries = (since: Date, nodeId?: string): Question<readonly AuditEntry[]> => ({
  ask(builder) {
    if (!builder.ownTables.has('audit')) return null;
    const all = db(builder)
      .selectFrom('octo_ha.audit')
      .selectAll()
      .where('at', '>=', since)
      .orderBy('at')
      .orderBy('id');
    return nodeId === undefined ? all : all.where('node_id', '=', nodeId);
  },
  answer: (rows) =>
    rows.map((raw) => {
      const entry = row.parse(raw);
      return {
        id: entry.id,
        at: entry.at,
        login: entry.login,
        who: entry.who,
        host: entry.host,
        nodeId: entry.node_id,
        nodeName: entry.node_name,
        action: entry.action,
        before: entry.before_value,
        after: entry.after_value,
        reason: entry.reason,
        changeId: entry.change_id,
        overrides: entry.overrides,
        channel: entry.channel,
        operationId: entry.operation_id,
      };
    }),
});

const extent = z.object({ entries: count, oldest: z.nullable(instant) });

/** How much the audit holds. */
export const auditExtent: Question<{ readonly entries: number; readonly oldest: Date | null }> = {
  ask: (builder) =>
    builder.ownTables.has('audit')
      ? db(builder)
          .selectFrom('octo_ha.audit')
          .select(({ fn }) => [fn.countAll().as('entries'), fn.min('at').as('oldest')])
      : null,
  answer: ([first]) => (first === undefined ? { entries: 0, oldest: null } : extent.parse(first)),
};

/** The login is the one that the database knows. */
export const appendAudit = (entry: Omit<AuditEntry, 'at' | 'login'>): Effect => ({
  rows: 1,
  statement: (builder) =>
    db(builder)
      .insertInto('octo_ha.audit')
      .values({
        id: entry.id,
        at: builder.dialect.now,
        login: builder.login,
        who: entry.who,
        host: entry.host,
        node_id: entry.nodeId,
        node_name: entry.nodeName,
        action: entry.action,
        before_value: entry.before ?? sql`NULL`,
        after_value: entry.after ?? sql`NULL`,
        reason: entry.reason ?? sql`NULL`,
        change_id: entry.changeId ?? sql`NULL`,
        overrides: entry.overrides ?? sql`NULL`,
        channel: entry.channel,
        operation_id: entry.operationId ?? sql`NULL`,
      }),
});
