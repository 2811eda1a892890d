import { servesWeb } from '../../cluster/node.js';
import { allow, type Guard, mayServe, names } from './guard.js';

/** A draining node answers its ping with 418, so the load balancer stops sending it requests. */
export const lastWebNode: Guard = {
  id: 'last-web-node',
  explain:
    'No node would be left that the load balancer is known to send requests to: the portal and the API would be down. ' +
    'Override it when an outage is announced.',
  judge({ after, changing }) {
    if (after.some(servesWeb) || !changing.some(mayServe)) return allow;
    return {
      verdict: 'refuse',
      severe: true,
      message: `no other node than ${names(changing)} is known to serve the portal and the API; the load balancer would have none`,
    };
  },
};
