import { Failure } from '../errors.js';
import { lifecycle, type NodeControl, type Stage, type Transition } from './lifecycle.js';

/** The shortest way from one stage to another, or `undefined` where there is none. */
export function path(from: Stage, to: Stage): readonly Transition[] | undefined {
  const ways = new Map<Stage, readonly Transition[]>([[from, []]]);
  // A map also yields what is added while it is walked, which makes this breadth first.
  for (const [at, steps] of ways) {
    if (at === to) return steps;
    for (const next of lifecycle) {
      if (next.from === at && !ways.has(next.to)) ways.set(next.to, [...steps, next]);
    }
  }
  return undefined;
}

/** Brings a node to `goal`, looking before every step, and yields each step before it is taken. */
export async function* reach(goal: Stage, node: NodeControl, signal: AbortSignal): AsyncGenerator<Transition> {
  for (let before: Stage | undefined; ; ) {
    const stage = await node.observe(signal);
    if (stage === goal) return;
    if (stage === before)
      throw new Failure('partial', `the node is still ${stage} after the step that should have changed it`);
    const [next] = path(stage, goal) ?? [];
    if (!next) throw new Failure('refused', `a node that is ${stage} cannot become ${goal}`);
    yield next;
    await next.act(node, signal);
    before = stage;
  }
}
