import type { Clock } from '../../../ports/clock.js';
import { askNode, type NodeAnswer, type Question, type StorageNode } from './ask-node.js';

/** What was found of one node; in all of it the first node that could write is the one that the others are held to. */
export interface NodeProof {
  readonly node: string;
  /** The folder as the node knows it. */
  readonly path: string;
  readonly look: NodeAnswer;
  /** The first node's file. Asked again for a while: what was written may take its time, for replication most of all. */
  readonly see: NodeAnswer;
  /** The first node's lock, while it was held. */
  readonly lock: NodeAnswer;
  /** The same lock, when it was held no more. */
  readonly unlocked: NodeAnswer;
}

export interface SharedProof {
  /** The node that wrote and held the lock; `undefined` where none could. */
  readonly first: string | undefined;
  /** What the first node wrote. */
  readonly text: string;
  readonly nodes: readonly NodeProof[];
  /** Nodes that could not remove what was written, with the folder. */
  readonly left: readonly string[];
}

export interface Proving {
  readonly nodes: readonly StorageNode[];
  readonly clock: Clock;
  /** A word that nobody else has, of letters, digits and `-`. */
  readonly newId: () => string;
}

/** Milliseconds that a file may take to be seen. */
const seenWithin = 15_000;

/** Seconds that a lock is held at most, should octo-ha be gone. */
const heldWithin = 120;

const cleanUpWithin = 30_000;

const pause = 500;

const notAsked = (because: string): NodeAnswer => ({ state: 'unasked', because });

/** Has nodes look, write, see and lock, each as the account of its service where that is possible. */
export async function proveShared({ nodes, clock, newId }: Proving, signal: AbortSignal): Promise<SharedProof> {
  const folder = `octo-ha-probe-${newId()}`;
  const text = `octo-ha ${newId()}`;
  const ask = (node: StorageNode, question: Omit<Question, 'folder'>, until = signal) =>
    askNode(node, { ...question, folder }, until);
  const looks = await Promise.all(nodes.map((node) => ask(node, { verb: 'look' })));
  const found = nodes.map((node, i) => ({ node, look: looks[i] ?? notAsked('not looked at') }));
  let hasWritten = false;
  try {
    const first = await firstThatWrites();
    const proofs = await (first === undefined ? nothingWritten() : compare(first));
    return { first: first?.name, text, nodes: proofs, left: await removeAll() };
  } catch (error) {
    await removeAll();
    throw error;
  }

  async function firstThatWrites(): Promise<StorageNode | undefined> {
    for (const { node, look } of found) {
      if (look.state !== 'looked') continue;
      hasWritten = true;
      const probe = await ask(node, { verb: 'write', file: 'probe', text });
      if (probe.state === 'written' && (await ask(node, { verb: 'write', file: 'lock' })).state === 'written') {
        return node;
      }
    }
    return undefined;
  }

  async function nothingWritten(): Promise<readonly NodeProof[]> {
    const none = notAsked('no node could write to the folder');
    return found.map(({ node, look }) => ({
      ...{ node: node.name, path: node.path, look },
      ...{ see: none, lock: none, unlocked: none },
    }));
  }

  async function compare(first: StorageNode): Promise<readonly NodeProof[]> {
    const others = found.filter(({ node, look }) => node !== first && look.state === 'looked').map(({ node }) => node);
    const until = clock.now() + seenWithin;
    const sees = new Map<StorageNode, NodeAnswer>();
    await Promise.all(
      [first, ...others].map(async (node) =>
        sees.set(node, await patiently(until, node, { verb: 'see', file: 'probe' })),
      ),
    );
    const locks = await whileHeld(first, others);
    const unlocked = locks.held ? await eachInTurn(others) : new Map<StorageNode, NodeAnswer>();
    return found.map(({ node, look }) => {
      const silent = look.state === 'looked' ? notAsked(locks.because) : look;
      return {
        ...{ node: node.name, path: node.path, look },
        see: sees.get(node) ?? silent,
        lock: locks.answers.get(node) ?? silent,
        unlocked: unlocked.get(node) ?? silent,
      };
    });
  }

  /** Asks again while there is time and what was written is missing, or is there in part. */
  async function patiently(until: number, node: StorageNode, question: Omit<Question, 'folder'>): Promise<NodeAnswer> {
    for (;;) {
      const answer = await ask(node, question);
      const isComing = answer.state === 'missing' || (answer.state === 'seen' && answer.text !== text);
      if (!isComing || clock.now() >= until) return answer;
      await clock.sleep(pause, signal);
    }
  }

  /** One after the other: two that try at once would refuse each other. */
  async function eachInTurn(others: readonly StorageNode[], until = 0): Promise<Map<StorageNode, NodeAnswer>> {
    const answers = new Map<StorageNode, NodeAnswer>();
    for (const node of others) answers.set(node, await patiently(until, node, { verb: 'try' }));
    return answers;
  }

  async function whileHeld(first: StorageNode, others: readonly StorageNode[]) {
    const holding = new AbortController();
    const hold = ask(first, { verb: 'hold', text, seconds: heldWithin }, AbortSignal.any([signal, holding.signal]));
    let ended: NodeAnswer | undefined;
    const over = hold.then(
      (answer) => {
        ended = answer;
      },
      () => {},
    );
    const until = clock.now() + seenWithin;
    try {
      const isHeld = async () => {
        const answer = await ask(first, { verb: 'see', file: 'held' });
        return answer.state === 'seen' && answer.text === text;
      };
      while (ended === undefined && !(await isHeld())) {
        if (clock.now() >= until) break;
        await clock.sleep(pause, signal);
      }
      const held = ended === undefined && (await isHeld());
      const answers = held ? await eachInTurn(others, clock.now() + seenWithin) : new Map<StorageNode, NodeAnswer>();
      await ask(first, { verb: 'write', file: 'release' });
      const answer = await hold;
      const because = `${first.name} could not hold a lock${answer.state === 'cannot' ? `: ${answer.message}` : ''}`;
      // Only a lock that lasted until it was given back says anything of the others.
      if (answer.state !== 'released') return { held: false, answers: new Map<StorageNode, NodeAnswer>(), because };
      return { held, answers, because };
    } catch (error) {
      holding.abort(error);
      await over;
      throw error;
    }
  }

  /** On every node, because what is not shared may have been copied. */
  async function removeAll(): Promise<readonly string[]> {
    if (!hasWritten) return [];
    using until = clock.within(cleanUpWithin, new AbortController().signal);
    const left: string[] = [];
    for (const { node, look } of found.filter((one) => one.look.state === 'looked')) {
      const answer = await askNode(node, { verb: 'remove', folder }, until).catch(() => look);
      if (answer.state !== 'removed') left.push(`${node.name}: ${node.path}/${folder}`);
    }
    return left;
  }
}
