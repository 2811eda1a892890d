import { allow, type Guard } from './guard.js';

/** https://octopus.com/docs/administration/data/octopus-database */
export const unknownSchema: Guard = {
  id: 'unknown-schema',
  explain:
    'The tables of Octopus Server have a shape that octo-ha does not know, so it cannot be sure what a change would mean. ' +
    'Compare them with the release notes of this version before overriding it.',
  judge({ oddities }) {
    if (oddities.length === 0) return allow;
    return {
      verdict: 'refuse',
      message: `octo-ha does not know this shape of Octopus' tables: ${oddities.join('; ')}`,
    };
  },
};
