import type { Node } from '../cluster/node.js';
import type { Running } from './journal/running.js';

const steps = ['restore-start-type', 'start-service'];

/**
 * The node is on its way back as soon as its start was tried, whatever came of it: its machine may start the service by
 * itself from the first of these steps on.
 */
export const isHomeward = (running: Running, { id }: Pick<Node, 'id'>): boolean =>
  running.journal.some(({ nodeId, action }) => nodeId === id && steps.includes(action)) ||
  steps.some((action) => running.came({ id }, action) !== undefined || running.isOpen({ id }, action));
