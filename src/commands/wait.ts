import { parseCondition, waitFor } from '../operations/wait-for.js';
import { command } from './command.js';

export const wait = command({
  name: 'wait',
  summary: 'Wait until the cluster is in a certain state',
  description:
    'Conditions: drained=NODE, running=NODE, ready (every node that is not drained is there, and some take tasks), ' +
    'tasks-below=N (fewer than N run). Says what is missing whenever that changes. Bound it with --deadline: exit 5.',
  args: ['condition'],
  options: {},
  examples: [
    ['octo-ha wait drained=web-2 --deadline 2h', 'After a detached drain.'],
    ['octo-ha wait ready --deadline 10m', 'After a restart of machines.'],
  ],
  async run({ condition: text }, { cluster, clock, terminal, signal }) {
    const condition = parseCondition(text);
    const started = clock.now();
    await waitFor(await cluster(), condition, (missing) => terminal.say(`waiting: ${missing}`), signal);
    return { json: { condition: text, waitedMs: clock.now() - started }, text: `${text}: yes`, names: [text] };
  },
});
