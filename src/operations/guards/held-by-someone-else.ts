import { allow, type Guard } from './guard.js';

/** A hold says that somebody keeps the node out on purpose: they may be working on it at this moment. */
export const heldBySomeoneElse: Guard = {
  id: 'held-by-someone-else',
  explain:
    'Somebody else keeps the node out of service, with a reason, and may be working on it. Ask them before overriding ' +
    'it: stopping, starting or removing the node could undo or break what they do.',
  judge({ changing, machine }) {
    if (machine === undefined) return allow;
    const held = changing.filter(({ hold }) => hold !== null && hold.who !== machine.who);
    if (held.length === 0) return allow;
    const each = held.map(({ name, hold }) => `${name} is held by ${hold?.who}: ${hold?.why}`);
    return { verdict: 'refuse', message: each.join('\n') };
  },
};
