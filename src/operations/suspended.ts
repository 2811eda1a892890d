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
const kept = z.object({ before: foundStartType });
const suspendedTasks = z.object({ tasks: z.array(z.string()) });

const nothing: Suspended = { startType: undefined, watchdog: [], stoppedBy: undefined, drainedBy: undefined };

type Consequence = (before: Suspended, step: PastStep) => Partial<Suspended>;

const consequences: Readonly<Record<string, Consequence>> = {
  drain: (_, { kind }) => ({ drainedBy: kind }),
  undrain: () => ({ drainedBy: undefined }),
  // What is kept from starting already was found otherwise before.
  'keep-from-starting': ({ startType }, { detail }) => ({ startType: startType ?? parseWith(kept, detail)?.before }),
  'restore-start-type': () => ({ startType: undefined }),
  'suspend-watchdog': ({ watchdog }, { detail }) => ({
    watchdog: [...watchdog, ...(parseWith(suspendedTasks, detail)?.tasks ?? [])],
  }),
  'restore-watchdog': () => ({ watchdog: [] }),
  'stop-service': (_, { operationId, number }) => ({ stoppedBy: { operation: operationId, step: String(number) } }),
  'start-service': () => ({ stoppedBy: undefined }),
};

/** From what was done to a node, oldest first. */
export function suspendedOf(history: readonly PastStep[]): Suspended {
  let suspended = nothing;
  for (const step of history) suspended = { ...suspended, ...consequences[step.action]?.(suspended, step) };
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
