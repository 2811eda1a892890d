import { capacityOf } from '../../cluster/status.js';
import { allow, type Guard, mayServe, names } from './guard.js';

/** Since 2026.1 background jobs, too, run only on nodes with a cap: a cluster whose caps are all 0 does nothing. */
export const lastTaskNode: Guard = {
  id: 'last-task-node',
  explain:
    'No node would be left that is known to take tasks: deployments, runbooks and background jobs would wait until one ' +
    'is back. Override it when the cluster is meant to stand still, for an upgrade or a database move.',
  judge({ after, changing }) {
    if (capacityOf(after).total > 0 || !changing.some((node) => mayServe(node) && node.taskCap > 0)) return allow;
    return {
      verdict: 'refuse',
      severe: true,
      message: `no other node than ${names(changing)} is known to take tasks; the cluster would start none until it is back`,
    };
  },
};
