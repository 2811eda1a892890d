import * as z from 'zod/mini';
import type { Task } from '../../cluster/task.js';
import type {
  ApiNode,
  ApiNodeSummary,
  ApiRoot,
  LicenceLimit,
  LicenceStatus,
  ServerStatus,
} from '../../ports/octopus-api.js';

/**
 * What Octopus answers, by what octo-ha reads of it; versions add fields, and leave out those that are optional here.
 * https://octopus.com/docs/octopus-rest-api
 */

const isoDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** Old versions tell some times in words for people, which are no instant. */
function instantOf(text: string | null | undefined): Date | null {
  if (text === null || text === undefined || !isoDate.test(text)) return null;
  const date = new Date(/(z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
  return Number.isNaN(date.getTime()) ? null : date;
}

const instant = z.pipe(
  z.string(),
  z.transform((text: string, context) => {
    const date = instantOf(text);
    if (date === null) context.issues.push({ code: 'custom', message: 'is no instant', input: text });
    return date ?? z.NEVER;
  }),
);

const as = <In extends z.core.$ZodType, Out>(read: In, map: (value: z.core.output<In>) => Out) =>
  z.pipe(read, z.transform(map));

const nullish = <T extends z.core.$ZodType>(type: T) => z.optional(z.nullable(type));

const nodeFields = {
  Id: z.string().check(z.minLength(1)),
  Name: z.string(),
  MaxConcurrentTasks: z.number().check(z.int()),
  IsInMaintenanceMode: z.boolean(),
};

const nodeOf = (node: z.infer<z.ZodMiniObject<typeof nodeFields>>): ApiNode => ({
  id: node.Id,
  name: node.Name,
  draining: node.IsInMaintenanceMode,
  taskCap: node.MaxConcurrentTasks,
});

export const nodeShape = as(z.object(nodeFields), nodeOf);

const summaryNode = as(
  z.object({
    ...nodeFields,
    IsOffline: nullish(z.boolean()),
    LastSeen: nullish(z.string()),
    RunningTaskCount: nullish(z.number()),
    Version: nullish(z.string()),
  }),
  (node): ApiNodeSummary => ({
    ...nodeOf(node),
    offline: node.IsOffline ?? null,
    lastSeen: instantOf(node.LastSeen),
    runningTasks: node.RunningTaskCount ?? null,
    version: node.Version ?? null,
  }),
);

export const summaryShape = as(z.object({ Nodes: z.array(summaryNode) }), ({ Nodes }) => Nodes);
export const allNodesShape = z.array(summaryNode);

export const taskShape = as(
  z.object({
    Id: z.string(),
    Name: nullish(z.string()),
    Description: nullish(z.string()),
    State: z.string(),
    QueueTime: instant,
    StartTime: nullish(z.string()),
    CompletedTime: nullish(z.string()),
    ServerNode: nullish(z.string()),
    HasPendingInterruptions: nullish(z.boolean()),
  }),
  (task): Task => ({
    id: task.Id,
    name: task.Name ?? '',
    description: task.Description ?? '',
    state: task.State,
    queuedAt: task.QueueTime,
    startedAt: instantOf(task.StartTime),
    completedAt: instantOf(task.CompletedTime),
    node: task.ServerNode ?? null,
    waitsForHuman: task.HasPendingInterruptions === true,
  }),
);

/** One page of a list. */
const pageOf = <T extends z.core.$ZodType>(item: T) =>
  as(z.object({ TotalResults: z.number(), Items: z.array(item) }), ({ TotalResults, Items }) => ({
    total: TotalResults,
    items: Items,
  }));

export const nodePageShape = pageOf(summaryNode);
export const taskPageShape = pageOf(taskShape);

export const rootShape = as(
  z.object({ Version: z.string(), InstallationId: z.string() }),
  ({ Version, InstallationId }): ApiRoot => ({ version: Version, installationId: InstallationId }),
);

export const serverStatusShape = as(
  z.object({
    IsInMaintenanceMode: z.boolean(),
    IsPotentialClone: nullish(z.boolean()),
    IsDatabaseEncrypted: nullish(z.boolean()),
  }),
  (status): ServerStatus => ({
    maintenance: status.IsInMaintenanceMode,
    potentialClone: status.IsPotentialClone ?? null,
    databaseEncrypted: status.IsDatabaseEncrypted ?? null,
  }),
);

/** Without a limit is the largest number there is. */
const largest = 2_147_483_647;
const limitOf = (limit: number | null | undefined): LicenceLimit['limit'] =>
  limit === null || limit === undefined ? null : limit >= largest ? 'unlimited' : limit;

const licenceLimit = as(
  z.object({
    Name: z.string(),
    EffectiveLimit: nullish(z.number()),
    IsUnlimited: nullish(z.boolean()),
    CurrentUsage: nullish(z.number()),
  }),
  (limit): LicenceLimit => ({
    name: limit.Name,
    limit: limit.IsUnlimited === true ? 'unlimited' : limitOf(limit.EffectiveLimit),
    usage: limit.CurrentUsage ?? null,
  }),
);

export const licenceStatusShape = as(
  z.object({
    IsCompliant: z.boolean(),
    ComplianceSummary: nullish(z.string()),
    EffectiveExpiryDate: nullish(z.string()),
    DoesExpiryBlockKeyActivities: nullish(z.boolean()),
    EffectiveNodeTaskLimit: nullish(z.number()),
    EffectiveClusterTaskLimit: nullish(z.number()),
    Limits: nullish(z.array(licenceLimit)),
    Messages: nullish(z.array(z.object({ Message: z.string(), Disposition: nullish(z.string()) }))),
  }),
  (licence): LicenceStatus => ({
    compliant: licence.IsCompliant,
    summary: licence.ComplianceSummary ?? '',
    expires: instantOf(licence.EffectiveExpiryDate),
    expiryBlocks: licence.DoesExpiryBlockKeyActivities ?? null,
    nodeTaskLimit: limitOf(licence.EffectiveNodeTaskLimit),
    clusterTaskLimit: limitOf(licence.EffectiveClusterTaskLimit),
    limits: licence.Limits ?? [],
    messages: (licence.Messages ?? []).map(({ Message, Disposition }) => ({
      text: Message,
      disposition: Disposition ?? '',
    })),
  }),
);
