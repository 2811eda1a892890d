import { allow, type Guard } from './guard.js';

/** Before the first effect on a machine it has to be sure that it is the node's. */
export const identity: Guard = {
  id: 'identity',
  explain:
    "Nothing proves that the machine octo-ha would log in to is the node's: its own ping does not name it beside a live " +
    'heartbeat in this database, and no earlier stop is on record there. A wrong address would stop the service of ' +
    'another node, or of another cluster. Override it only when you have looked at the machine yourself.',
  judge({ machine }) {
    if (machine === undefined || machine.unproven.length === 0) return allow;
    return { verdict: 'refuse', message: `nothing proves which machine is ${machine.unproven.join(', ')}` };
  },
};
