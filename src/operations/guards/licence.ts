import { allow, type Guard } from './guard.js';

/** Only nodes that are online count: https://octopus.com/docs/administration/high-availability */
export const licence: Guard = {
  id: 'licence',
  explain:
    'The licence allows only so many nodes that are online. With one more, nobody can create or deploy a release until ' +
    'a node is gone. Override it when the new licence is about to be entered, or a node is about to leave.',
  judge({ joining, before }) {
    if (joining === undefined) return allow;
    const { name, licence } = joining;
    const unknown = (because: string) =>
      ({ verdict: 'warn', message: `whether the licence allows ${name} is not known: ${because}` }) as const;
    if (typeof licence === 'string') return unknown(licence);
    if (!licence.compliant) {
      return { verdict: 'refuse', message: `the licence is exceeded already: ${licence.summary}` };
    }
    const limit = licence.limits.find((one) => /^(octopus ?server)? ?nodes?$/i.test(one.name))?.limit;
    if (limit === 'unlimited') return allow;
    if (limit === undefined || limit === null) return unknown('the API does not tell how many nodes it allows');
    const online = before.filter(({ state }) => state !== 'offline' && state !== 'stale').length;
    if (online + 1 <= limit) return allow;
    return { verdict: 'refuse', message: `the licence allows ${limit} nodes, and ${online} are online` };
  },
};
