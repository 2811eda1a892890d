import { counted } from '../cluster/counted.js';
import { Failure } from '../errors.js';

/** What was asked for is done; that tasks ended for it is told as an outcome of its own. */
export function mustNotHaveEnded(endedByUs: readonly string[], done: string, operation: string): void {
  if (endedByUs.length === 0) return;
  throw new Failure(
    'tasks-ended',
    `${done}; ${counted(endedByUs.length, 'task')} ended because of it: ${endedByUs.join(', ')}`,
    {
      hint: `See them with: octo-ha operation show ${operation}`,
      details: { operation, tasks: endedByUs },
    },
  );
}
