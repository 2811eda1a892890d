import { checks } from '../checks/index.js';
import { nearest } from '../cluster/nearest.js';
import { exitCodes, Failure } from '../errors.js';
import { guards } from '../operations/guards/index.js';
import { explainCheck } from '../render/doctor/explain.js';
import { command } from './command.js';

interface Explained {
  readonly id: string;
  readonly kind: 'check' | 'guard' | 'exit code';
  readonly text: string;
}

/** Everything that has an id a person may meet. */
const entries: readonly Explained[] = [
  ...checks.map((check) => ({ id: check.id, kind: 'check', text: explainCheck(check) }) as const),
  ...guards.map(({ id, explain }) => ({ id, kind: 'guard', text: explain }) as const),
  ...Object.values(exitCodes).map(
    ({ code, meaning, changed }) =>
      ({ id: String(code), kind: 'exit code', text: `${meaning}. Cluster changed: ${changed}.` }) as const,
  ),
];

export const explainedIds: readonly string[] = entries.map(({ id }) => id);

export const explain = command({
  name: 'explain',
  summary: 'Explain a check, a guard or an exit code, without a cluster',
  args: ['id'],
  options: {},
  examples: [
    ['octo-ha explain storage/really-shared', 'Why it is checked, how, and what to do.'],
    ['octo-ha explain last-task-node', 'Why it refuses, and what overriding it risks.'],
    ['octo-ha explain 7', 'What exit code 7 means.'],
  ],
  async run({ id }) {
    const found = entries.find((entry) => entry.id === id.toLowerCase());
    if (found === undefined) {
      const near = nearest(
        id,
        entries.map((entry) => entry.id),
      );
      const hint =
        near.length > 0
          ? `Did you mean ${near.join(' or ')}?`
          : 'See: octo-ha doctor --list for checks, and the README for guards and exit codes';
      throw new Failure('usage', `${id} is neither a check nor a guard nor an exit code`, { hint });
    }
    return { json: found, text: `${found.kind} ${found.id}\n${found.text}`, names: [found.id], paged: true };
  },
});
