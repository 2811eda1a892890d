import { type ClusterCheck, fail, pass, skip } from '../check.js';
import { octopusAnswers, withoutKey } from '../kinds.js';

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
  async run(world, signal) {
    if (world.octopus === undefined) return skip(withoutKey);
    const trouble = await octopusAnswers(world, signal);
    return trouble === undefined ? pass() : fail(trouble);
  },
};
