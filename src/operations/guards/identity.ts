import { allow, type Guard } from './guard.js';

/** Before the first effect on a machine it has to be sure that it is the node's. */
export const identity: Guard = {
  id: 'identity',
  explain:
    "Nothing proves that the machine octo-ha would log in to is the node's: its own ping does not name it beside a live " +
    'heartbeat in this database, no earlier stop is on record there, and its configuration does not name it; or the ' +
    'machine itself names another node or database. A wrong address would stop the service of ' +
    'another node, or of another cluster. Override it only when you have looked at the machine yourself.',
  judge({ machine }) {
    if (machine === undefined || machine.unproven.length === 0) return allow;
    const each = machine.unproven.map(({ name, told }) =>
      told === undefined ? `nothing proves which machine is ${name}` : `the machine described for ${name} ${told}`,
    );
    return { verdict: 'refuse', message: each.join('\n') };
  },
};
