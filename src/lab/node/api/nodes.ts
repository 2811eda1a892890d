import { sql } from 'kysely';
import * as z from 'zod/mini';
import { bit, count, instant } from '../../../database/columns.js';
import { labTiming } from '../../intervals.js';
import type { OctopusDatabase } from '../../octopus-database.js';
import { json, refusal } from '../json-answer.js';
import { type ApiCall, pageOf, pagingOf, parseBody, type Route, toItsEnd } from './call.js';
import { keptPart } from './kept.js';

const nodeRow = z.object({
  id: z.string(),
  name: z.string(),
  cap: count,
  draining: bit,
  last_seen: z.nullable(instant),
  offline: z.nullable(bit),
  version: z.nullable(z.string()),
  running: count,
});
const nowRow = z.object({ now: instant });

type NodeRow = z.infer<typeof nodeRow>;

async function nodeRows({ dialect, read }: OctopusDatabase) {
  const [times = [], rows = []] = await read(
    [
      sql`SELECT ${dialect.now} AS now`,
      sql`
        SELECT n.Id AS id, n.Name AS name, n.MaxConcurrentTasks AS cap, n.IsInMaintenanceMode AS draining,
          s.LastSeen AS last_seen, s.IsOffline AS offline, s.Version AS version,
          (SELECT COUNT(*) FROM dbo.ServerTask AS t WHERE t.State IN ('Executing', 'Cancelling') AND t.ServerNodeId = n.Id) AS running
        FROM dbo.OctopusServerNode AS n LEFT JOIN dbo.OctopusServerNodeStatus AS s ON s.OctopusServerNodeId = n.Id
        ORDER BY n.Name`,
    ],
    toItsEnd,
  );
  return { now: nowRow.parse(times[0]).now, rows: rows.map((row) => nodeRow.parse(row)) };
}

async function rowOf({ octopus, id }: ApiCall): Promise<NodeRow | undefined> {
  const { rows } = await nodeRows(octopus);
  return rows.find((row) => row.id.toLowerCase() === id.toLowerCase());
}

const linkTo = (id: string) => `/api/octopusservernodes/${encodeURIComponent(id)}`;

const item = ({ id, name, cap, draining }: NodeRow) => ({
  Id: id,
  Name: name,
  MaxConcurrentTasks: cap,
  IsInMaintenanceMode: draining,
  Links: { Self: linkTo(id), Details: `${linkTo(id)}/details` },
});

const summary = (row: NodeRow, now: Date) => ({
  ...item(row),
  IsOffline:
    row.offline !== false ||
    row.last_seen === null ||
    now.getTime() - row.last_seen.getTime() >= labTiming.offlineAfter,
  LastSeen: row.last_seen,
  RunningTaskCount: row.running,
  Version: row.version,
  Links: { Node: linkTo(row.id) },
});

const noNode = ({ id }: ApiCall) => refusal(404, `The resource '${id}' was not found.`);

/** As a body that leaves something out is read: the cap is 0 then, and the flag is clear. */
const sentNode = z.object({
  Id: z.string(),
  Name: z.optional(z.string().check(z.minLength(1))),
  MaxConcurrentTasks: z._default(z.number().check(z.int(), z.nonnegative()), 0),
  IsInMaintenanceMode: z._default(z.boolean(), false),
});

export const nodeRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'octopusservernodes',
    async answer({ octopus, query }) {
      const { rows } = await nodeRows(octopus);
      const paging = pagingOf(query);
      const items = rows.slice(paging.skip, paging.skip + paging.take).map(item);
      return json(200, pageOf('OctopusServerNode', paging, rows.length, items));
    },
  },
  {
    method: 'GET',
    path: 'octopusservernodes/all',
    answer: async ({ octopus }) => json(200, (await nodeRows(octopus)).rows.map(item)),
  },
  {
    method: 'GET',
    path: 'octopusservernodes/summary',
    async answer({ octopus }) {
      const { now, rows } = await nodeRows(octopus);
      const pool = await keptPart(octopus, 'connection-pool');
      return json(200, { Nodes: rows.map((row) => ({ ...summary(row, now), ...pool })), Links: {} });
    },
  },
  {
    method: 'GET',
    path: 'octopusservernodes/{id}',
    async answer(call) {
      const row = await rowOf(call);
      return row ? json(200, item(row)) : noNode(call);
    },
  },
  {
    method: 'GET',
    path: 'octopusservernodes/{id}/details',
    async answer(call) {
      const row = await rowOf(call);
      return row ? json(200, { Id: row.id, RunningTasks: row.running, Links: {} }) : noNode(call);
    },
  },
  {
    method: 'PUT',
    path: 'octopusservernodes/{id}',
    async answer(call) {
      const { octopus, body } = call;
      const before = await rowOf(call);
      if (before === undefined) return noNode(call);
      const { data, success } = sentNode.safeParse(parseBody(body));
      if (!success) return refusal(400, 'The request is no description of a node.');
      if (data.Id !== before.id) return refusal(400, `The request describes '${data.Id}', not '${before.id}'.`);
      // A name that differs renames the node: https://github.com/OctopusDeploy/OctopusDeploy-Api/pull/209
      const query = sql`
        UPDATE dbo.OctopusServerNode SET Name = ${data.Name ?? before.name}, MaxConcurrentTasks = ${data.MaxConcurrentTasks},
          IsInMaintenanceMode = ${data.IsInMaintenanceMode}
        WHERE Id = ${before.id}`;
      await octopus.change([{ query, expects: 'any' }], toItsEnd);
      const after = await rowOf(call);
      return after ? json(200, item(after)) : noNode(call);
    },
  },
  {
    method: 'DELETE',
    path: 'octopusservernodes/{id}',
    async answer(call) {
      const row = await rowOf(call);
      if (row === undefined) return noNode(call);
      await call.octopus.change(
        [
          sql`DELETE FROM dbo.OctopusServerNodeStatus WHERE OctopusServerNodeId = ${row.id}`,
          sql`DELETE FROM dbo.OctopusServerNode WHERE Id = ${row.id}`,
        ].map((query) => ({ query, expects: 'any' })),
        toItsEnd,
      );
      return json(200, {});
    },
  },
];
