import { capacityOf } from '../../cluster/status.js';
import { allow, type Guard } from './guard.js';

/** Since 2026.1 background jobs, too, run only on nodes with a cap: a cluster whose caps are all 0 does nothing. */
export const lastTaskNode: Guard = {
  id: 'last-task-node',
  explain:
    'No node would be left that takes tasks: deployments, runbooks and background jobs would wait until one is back. ' +
    'Override it when the cluster is meant to stand still, for an upgrade or a database move.',
  judge({ before, after, changing }) {
    if (capacityOf(before).total === 0 || capacityOf(after).total > 0) return allow;
    return {
      verdict: 'refuse',
      severe: true,
      message: `${changing.join(', ')} is the last that takes tasks; the cluster would start none until it is back`,
    };
  },
};
