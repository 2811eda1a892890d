import { Failure } from '../../errors.js';
import { type ClusterCheck, fail, pass, skip } from '../check.js';
import { withoutKey } from '../kinds.js';

/** Everything that only the API tells stands on this one. */
export const apiAnswers: ClusterCheck = {
  kind: 'cluster',
  id: 'cluster/api-answers',
  title: "Octopus' REST API answers, and takes the key",
  why: 'What only the API tells is skipped where it does not answer.',
  cure: {
    text: 'Correct api.url and its key in the context file; behind a balancer without nodes nobody answers.',
    commands: ['octo-ha config show'],
  },
  async run({ octopus }, signal) {
    if (octopus === undefined) return skip(withoutKey);
    try {
      await octopus.get('/api/serverstatus', signal);
      return pass();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // What it refuses the key's owner, or does not have, it has answered.
      return error.kind === 'refused' || error.kind === 'failed' ? pass() : fail(error.message);
    }
  },
};
