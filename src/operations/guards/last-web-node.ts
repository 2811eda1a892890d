import { servesWeb } from '../../cluster/node.js';
import { allow, type Guard } from './guard.js';

/** A draining node answers its ping with 418, so the load balancer stops sending it requests. */
export const lastWebNode: Guard = {
  id: 'last-web-node',
  explain:
    'No node would be left that the load balancer sends requests to: the portal and the API would be down. ' +
    'Override it when an outage is announced.',
  judge({ before, after, changing }) {
    if (!before.some(servesWeb) || after.some(servesWeb)) return allow;
    return {
      verdict: 'refuse',
      severe: true,
      message: `${changing.join(', ')} is the last that serves the portal and the API; the load balancer would have no node`,
    };
  },
};
