import * as z from 'zod/mini';
import type { Node } from '../../cluster/node.js';
import type { Operation } from '../../cluster/operation.js';
import { isUnfinished } from '../../cluster/operation.js';
import { nodeAddresses } from '../../database/queries/node-addresses.js';
import { observeChange } from '../../database/queries/observed.js';
import { Failure } from '../../errors.js';
import { backInService } from '../back-in-service.js';
import type { Under } from '../control-under.js';
import { flagWriter, flagWritten, settleFlag } from '../flag-change.js';
import { giveBackMachine } from '../give-back.js';
import { addressOf } from '../ping.js';
import type { Look } from '../read-status.js';
import { givingUp } from './endings.js';
import { type Operating, runOperation } from './run-operation.js';

const capRequest = z.object({ from: z.number(), to: z.number() });

export interface Aborted {
  readonly operation: string;
  /** What was undone, a sentence each. */
  readonly undone: readonly string[];
  /** What cannot be undone, or was left because somebody else had changed it. */
  readonly left: readonly string[];
}

/** What was undone of one node, and what is left. */
type OfNode = Pick<Aborted, 'undone' | 'left'>;

/**
 * Gives up an unfinished operation: what it did and still stands is undone, and what cannot be is said. Once that has
 * begun, the operation can be given up to its end, and no longer gone on with.
 */
export async function abortOperation(
  { cluster, identity, occasion, balancer }: Operating,
  operation: Operation,
  { nodes: registered, timing }: Look,
  signal: AbortSignal,
): Promise<Aborted> {
  if (!isUnfinished(operation)) {
    throw new Failure('refused', `operation ${operation.id} is ${operation.state}; there is nothing to give up`);
  }
  const { id: continues, kind, request } = operation;
  // A node may have been deleted since; what it was left with went with its row.
  const nodes = registered.filter(({ name }) => operation.nodes.includes(name));
  const gone = operation.nodes.filter((name) => !nodes.some((node) => node.name === name));
  const begun = { kind, nodes, request, occasion, continues, givesUp: true };
  return await runOperation(cluster, identity, begun, signal, async (running) => {
    const undone: string[] = [];
    const left = gone.map((name) => `${name} is no longer registered`);
    const telling = { step: (why: string) => void undone.push(why), progress: () => {} };
    const under = { cluster, running, timing, telling, balancer };
    for (const node of nodes) {
      await running.learn({ node, action: givingUp }, async () => ({}), signal);
      for (const undo of [undoFlag, undoMachine, undoCap]) {
        const found = await undo(under, node, operation, signal);
        undone.push(...found.undone);
        left.push(...found.left);
      }
    }
    const result = { operation: running.id, undone, left };
    return { ...result, ending: { state: 'aborted', outcome: { undone, left } } as const };
  });
}

async function undoFlag({ running }: Under, node: Node, _: Operation, signal: AbortSignal): Promise<OfNode> {
  const write = flagWriter(running, node, { who: '', why: '', expect: undefined });
  await settleFlag(running, node, write, signal);
  if (flagWritten(running, node) !== true) return { undone: [], left: [] };
  if (await write(false, signal)) return { undone: [`${node.name} takes tasks again`], left: [] };
  return {
    undone: [],
    left: [`the drain flag of ${node.name} was changed by somebody else and stays as it is`],
  };
}

/** The balancer is told that the node is back where it was told that it is out, and the node serves. */
async function undoMachine(under: Under, node: Node, _: Operation, signal: AbortSignal): Promise<OfNode> {
  const { cluster, running, balancer } = under;
  const { isDown, ...given } = await giveBackMachine({ cluster, running, node }, signal);
  const isTold = running.came(node, 'balancer-out') !== undefined || running.isOpen(node, 'balancer-out');
  if (!isTold || balancer === undefined) return given;
  const back = isDown ? undefined : await serves(under, node, signal);
  if (back === undefined) return given;
  return { ...given, left: [...given.left, `the load balancer was told that ${node.name} is out: ${back}`] };
}

/** Why it could not be told; `undefined` where it was. */
async function serves(under: Under, node: Node, signal: AbortSignal): Promise<string | undefined> {
  const [addresses] = await under.cluster.database.ask([nodeAddresses], signal);
  try {
    const answer = await backInService(under, node, addressOf(under.cluster, node, addresses), signal);
    if (answer.kind !== 'answered') return answer.why;
    return answer.draining ? 'its ping still answers 418' : undefined;
  } catch (error) {
    if (!(error instanceof Failure) || signal.aborted) throw error;
    return error.message;
  }
}

async function undoCap({ running }: Under, node: Node, { request }: Operation, signal: AbortSignal): Promise<OfNode> {
  const cap = capRequest.safeParse(request);
  const isSet = running.came(node, 'cap') !== undefined || running.isOpen(node, 'cap');
  if (!isSet || !cap.success) return { undone: [], left: [] };
  const { from, to } = cap.data;
  const undone = [`the task cap of ${node.name} is ${from} again`];
  // Undone by a run that was cut short, or never done.
  if (node.taskCap === from) return { undone, left: [] };
  const change = { node, action: 'cap', before: String(to), after: String(from) };
  const row = running.channel.taskCap(node, to, from);
  if (await running.change(change, row, [observeChange(node.id, { taskCap: from })], signal)) {
    return { undone, left: [] };
  }
  return { undone: [], left: [`the task cap of ${node.name} was changed by somebody else and stays as it is`] };
}
