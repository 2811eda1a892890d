import { counted } from '../../cluster/counted.js';
import { capacityOf } from '../../cluster/status.js';
import { allow, type Guard } from './guard.js';

export const capacity: Guard = {
  id: 'capacity',
  explain:
    'The nodes that are left could not run the tasks that run now: the queue would grow until the node is back. ' +
    'Override it when the wait is acceptable.',
  judge({ before, after, running, queue }) {
    const left = capacityOf(after).total;
    if (left >= capacityOf(before).total) return allow;
    if (left < running) {
      return {
        verdict: 'refuse',
        message: `${counted(running, 'task')} run in the cluster, and task caps for only ${left} would be left`,
      };
    }
    if (queue.queued === 0) return allow;
    return {
      verdict: 'warn',
      message: `${counted(queue.queued, 'task')} in the queue will start later, with task caps for ${left} instead of ${capacityOf(before).total}`,
    };
  },
};
