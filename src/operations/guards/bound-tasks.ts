import { counted } from '../../cluster/counted.js';
import { allow, type Guard, mayServe, names } from './guard.js';

/** https://octopus.com/docs/projects/built-in-step-templates/manual-intervention-and-approvals */
export const boundTasks: Guard = {
  id: 'bound-tasks',
  explain:
    'A task that waits for a manual intervention or guided failure resumes on the node that began it, so a drain waits ' +
    'until somebody has answered. Override it when somebody is about to, or when the drain may take that long.',
  judge({ after, changing, bound }) {
    const leaving = changing.filter(mayServe).filter(({ id }) => after.some((node) => node.id === id && node.draining));
    if (bound === 0 || leaving.length === 0) return allow;
    return {
      verdict: 'refuse',
      message: `on ${names(leaving)} ${counted(bound, 'task')} waiting for a human would hold the drain; see: octo-ha task list`,
    };
  },
};
