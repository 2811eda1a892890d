import type { Node } from '../cluster/node.js';
import type { Running } from './journal/running.js';

/** Once its start was intended, the node is on its way back. */
export const isHomeward = (running: Running, node: Node): boolean =>
  ['restore-start-type', 'start-service'].some(
    (action) => running.came(node, action) !== undefined || running.isOpen(node, action),
  );
