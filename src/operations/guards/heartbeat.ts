import { allow, type Guard, names } from './guard.js';

/** https://octopus.com/docs/administration/high-availability/maintain */
export const heartbeat: Guard = {
  id: 'heartbeat',
  explain:
    'The database does not tell whether the node lives, so octo-ha could not see it drain, stop or come back. Look at ' +
    'the node before overriding it.',
  judge({ changing, machine }) {
    const unknown = changing.filter(({ state }) => state === 'unknown');
    if (machine === undefined || unknown.length === 0) return allow;
    return { verdict: 'refuse', message: `whether ${names(unknown)} lives is not known: no heartbeat is recorded` };
  },
};
