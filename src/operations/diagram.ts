import type { Transition } from './lifecycle.js';

/** The lifecycle as a Mermaid state diagram. https://mermaid.js.org/syntax/stateDiagram.html */
export const diagram = (transitions: readonly Transition[]): string =>
  ['stateDiagram-v2', ...transitions.map(({ from, to, why }) => `  ${from} --> ${to}: ${why}`)].join('\n');
