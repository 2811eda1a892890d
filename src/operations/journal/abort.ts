import * as z from 'zod/mini';
import type { Operation } from '../../cluster/operation.js';
import { isUnfinished } from '../../cluster/operation.js';
import { observeChange } from '../../database/queries/observed.js';
import { Failure } from '../../errors.js';
import { flagWriter } from '../flag-change.js';
import { giveBackMachine } from '../give-back.js';
import type { Look } from '../read-status.js';
import { type Operating, runOperation } from './run-operation.js';

const capRequest = z.object({ from: z.number(), to: z.number() });

export interface Aborted {
  readonly operation: string;
  /** What was undone, a sentence each. */
  readonly undone: readonly string[];
  /** What cannot be undone, or was left because somebody else had changed it. */
  readonly left: readonly string[];
}

/** Gives up an unfinished operation: what it did and still stands is undone, and what cannot be is said. */
export async function abortOperation(
  { cluster, identity, occasion }: Operating,
  operation: Operation,
  look: Look,
  signal: AbortSignal,
): Promise<Aborted> {
  if (!isUnfinished(operation)) {
    throw new Failure('refused', `operation ${operation.id} is ${operation.state}; there is nothing to give up`);
  }
  const { id: continues, kind, request } = operation;
  // A node may have been deleted since; what it was left with went with its row.
  const nodes = look.nodes.filter(({ name }) => operation.nodes.includes(name));
  const gone = operation.nodes.filter((name) => !nodes.some((node) => node.name === name));
  const begun = { kind, nodes, request, occasion, continues };
  return await runOperation(cluster, identity, begun, signal, async (running) => {
    const undone: string[] = [];
    const left = gone.map((name) => `${name} is no longer registered`);
    for (const node of nodes) {
      const did = running.journal
        .filter(({ nodeId, result }) => nodeId === node.id && result === 'done')
        .map(({ action }) => action);
      if (did.findLast((action) => action === 'drain' || action === 'undrain') === 'drain') {
        const write = flagWriter(running, node, { who: identity.who, why: '', expect: undefined });
        if (await write(false, signal)) undone.push(`${node.name} takes tasks again`);
        else left.push(`the drain flag of ${node.name} was changed by somebody else and stays as it is`);
      }
      const machine = await giveBackMachine({ cluster, running, node }, signal);
      undone.push(...machine.undone);
      left.push(...machine.left);
      const cap = capRequest.safeParse(operation.request);
      if (did.at(-1) === 'cap' && cap.success) {
        const { from, to } = cap.data;
        const change = { node, action: 'cap', before: String(to), after: String(from) };
        if (
          await running.change(
            change,
            running.channel.taskCap(node, to, from),
            [observeChange(node.id, { taskCap: from })],
            signal,
          )
        ) {
          undone.push(`the task cap of ${node.name} is ${from} again`);
        } else left.push(`the task cap of ${node.name} was changed by somebody else and stays as it is`);
      }
    }
    const result = { operation: running.id, undone, left };
    return { ...result, ending: { state: 'aborted', outcome: { undone, left } } as const };
  });
}
