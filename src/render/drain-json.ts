import type { DrainPlan, DrainResult } from '../operations/drain.js';
import { taskJson } from './json.js';

export const drainPlanJson = ({ node, before, after, heard, steps }: DrainPlan) => ({
  dryRun: true,
  node: node.name,
  steps,
  warnings: heard.warnings,
  capacity: { before, after },
});

export const drainJson = ({ node, before, after, heard }: DrainPlan, result: DrainResult) => ({
  node: node.name,
  operation: result.operation,
  outcome: result.outcome,
  confirmedByNode: result.ping.kind === 'answered' && result.ping.draining,
  durationMs: result.tookMs,
  warnings: heard.warnings,
  capacity: { before, after },
  tasks: result.tasks.map(({ task, fate }) => ({ ...taskJson(task), fate })),
});
