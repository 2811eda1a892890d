import { sql } from 'kysely';
import * as z from 'zod/mini';
import { bit, count, instant } from '../../../database/columns.js';
import type { Query } from '../../../database/dialect.js';
import { json, refusal } from '../json-answer.js';
import { type ApiCall, type Paging, pageOf, pagingOf, type Route, toItsEnd } from './call.js';

const taskRow = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  state: z.string(),
  queued: instant,
  started: z.nullable(instant),
  completed: z.nullable(instant),
  why: z.nullable(z.string()),
  node: z.nullable(z.string()),
  asks: bit,
  space: z.nullable(z.string()),
});
const totalRow = z.object({ total: count });

const columns = sql`
  Id AS id, Name AS name, Description AS description, State AS state, QueueTime AS queued, StartTime AS started,
  CompletedTime AS completed, ErrorMessage AS why, ServerNodeId AS node, HasPendingInterruptions AS asks, SpaceId AS space`;

const ended = ['Canceled', 'Failed', 'Success', 'TimedOut'];

const item = (task: z.infer<typeof taskRow>) => ({
  Id: task.id,
  SpaceId: task.space,
  Name: task.name,
  Description: task.description,
  State: task.state,
  QueueTime: task.queued,
  StartTime: task.started,
  CompletedTime: task.completed,
  ErrorMessage: task.why ?? '',
  ServerNode: task.node,
  HasPendingInterruptions: task.asks,
  IsCompleted: ended.includes(task.state),
  FinishedSuccessfully: task.state === 'Success',
  Links: { Self: `/api/tasks/${task.id}`, Cancel: `/api/tasks/${task.id}/cancel` },
});

const runningStates = ['Executing', 'Cancelling'];
const mostStates = 20;

/** What the query narrows the list down to. The tasks of a lab are all of one space. */
function filters(query: URLSearchParams): Query {
  const node = query.get('node');
  const named = query.get('states')?.split(',').filter(Boolean).slice(0, mostStates) ?? [];
  const states = query.get('running') === 'true' ? runningStates : named;
  const name = query.get('name');
  const conditions = [
    ...(name === null ? [] : [sql`Name = ${name}`]),
    ...(node === null ? [] : [sql`ServerNodeId = ${node}`]),
    ...(states.length === 0 ? [] : [sql`State IN (${sql.join(states)})`]),
  ];
  return conditions.length === 0 ? sql`1 = 1` : sql.join(conditions, sql` AND `);
}

async function list({ octopus, query }: ApiCall, { skip, take }: Paging) {
  const where = filters(query);
  const page =
    octopus.dialect.engine === 'sqlite'
      ? sql`LIMIT ${take} OFFSET ${skip}`
      : sql`OFFSET ${skip} ROWS FETCH NEXT ${Math.max(1, take)} ROWS ONLY`;
  const [totals = [], rows = []] = await octopus.read(
    [
      sql`SELECT COUNT(*) AS total FROM dbo.ServerTask WHERE ${where}`,
      sql`SELECT ${columns} FROM dbo.ServerTask WHERE ${where} ORDER BY QueueTime DESC, Id ${page}`,
    ],
    toItsEnd,
  );
  return { total: totalRow.parse(totals[0]).total, items: rows.map((row) => item(taskRow.parse(row))) };
}

async function one({ octopus, id }: ApiCall) {
  const [rows = []] = await octopus.read([sql`SELECT ${columns} FROM dbo.ServerTask WHERE Id = ${id}`], toItsEnd);
  return rows.length === 0
    ? refusal(404, `The resource '${id}' was not found.`)
    : json(200, item(taskRow.parse(rows[0])));
}

export const taskRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'tasks',
    async answer(call) {
      const paging = pagingOf(call.query);
      const { total, items } = await list(call, paging);
      return json(200, pageOf('Task', paging, total, items));
    },
  },
  { method: 'GET', path: 'tasks/{id}', answer: one },
  {
    method: 'POST',
    path: 'tasks/{id}/cancel',
    /** A task that runs is ended by its node, at its next look; one that waits ends at once. */
    async answer(call) {
      const { octopus, id } = call;
      const why = 'The task was canceled.';
      await octopus.change(
        [
          sql`UPDATE dbo.ServerTask SET State = 'Cancelling' WHERE Id = ${id} AND State = 'Executing'`,
          sql`
            UPDATE dbo.ServerTask SET State = 'Canceled', CompletedTime = ${octopus.dialect.now}, ErrorMessage = ${why}
            WHERE Id = ${id} AND State = 'Queued'`,
        ].map((query) => ({ query, expects: 'any' })),
        toItsEnd,
      );
      return await one(call);
    },
  },
];
