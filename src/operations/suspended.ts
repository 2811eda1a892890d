import * as z from 'zod/mini';
import type { PastStep } from '../database/queries/node-history.js';
import type { FoundStartType } from './machine/start-type.js';

/** What octo-ha has done to a node's machine and not taken back yet. */
export interface Suspended {
  /** How its service started before it was kept from starting. */
  readonly startType: FoundStartType | undefined;
  /** Tasks of Octopus' watchdog that were suspended. */
  readonly watchdog: readonly string[];
  /** The step that stopped its service: the machine's record of it proves that it is the same machine. */
  readonly stoppedBy: { readonly operation: string; readonly step: string } | undefined;
  /** The kind of operation that set its drain flag, while it is set. */
  readonly drainedBy: string | undefined;
}

const foundStartType = z.object({ type: z.enum(['auto', 'manual', 'disabled']), native: z.string() });
const read = z.object({ before: z.optional(foundStartType) });
const suspendedTasks = z.object({ tasks: z.array(z.string()) });

interface Known extends Suspended {
  /** How its service started when the last operation looked, before it changed anything. */
  readonly found: FoundStartType | undefined;
}

const nothing: Known = {
  found: undefined,
  startType: undefined,
  watchdog: [],
  stoppedBy: undefined,
  drainedBy: undefined,
};

type Consequence = (before: Known, step: PastStep) => Partial<Known>;

const consequences: Readonly<Record<string, Consequence>> = {
  drain: (_, { kind }) => ({ drainedBy: kind }),
  undrain: () => ({ drainedBy: undefined }),
  'read-start-type': (_, { detail }) => ({ found: parseWith(read, detail)?.before }),
  // What is kept from starting already was found otherwise before.
  'keep-from-starting': ({ startType, found }, { detail }) => ({
    startType: startType ?? found ?? parseWith(read, detail)?.before,
  }),
  'restore-start-type': () => ({ startType: undefined }),
  'suspend-watchdog': ({ watchdog }, { detail }) => ({
    watchdog: [...watchdog, ...(parseWith(suspendedTasks, detail)?.tasks ?? [])],
  }),
  'restore-watchdog': () => ({ watchdog: [] }),
  'stop-service': (_, { operationId, number }) => ({ stoppedBy: { operation: operationId, step: String(number) } }),
  'start-service': () => ({ stoppedBy: undefined }),
  // A node that takes the name later is another one.
  'delete-node': () => nothing,
};

/** From what was done to a node, oldest first. */
export function suspendedOf(history: readonly PastStep[]): Suspended {
  let known = nothing;
  for (const step of history) known = { ...known, ...consequences[step.action]?.(known, step) };
  const { found: _, ...suspended } = known;
  return suspended;
}

function parseWith<T>(schema: z.ZodMiniType<T>, text: string | null): T | undefined {
  if (text === null) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
