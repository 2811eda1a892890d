import { readStatus } from '../operations/read-status.js';
import { type NextStep, nextSteps } from '../render/next-steps.js';
import { command } from './command.js';

/** `octo-ha` alone, where this machine knows a cluster. */
export const next = command({
  name: '__next',
  summary: 'Say what to do next in the state the cluster is in',
  args: [],
  options: {},
  examples: [['octo-ha', 'On a machine that knows a cluster.']],
  async run(_input, context) {
    const { contexts, current } = await context.configuration();
    const name = context.globals.context ?? current;
    if (name === undefined) return told('no cluster is chosen', choose(Object.keys(contexts)));
    const cluster = await context.cluster();
    const look = await readStatus(cluster, context.signal);
    const { ownTables } = await cluster.database.catalogue(context.signal);
    const { title, steps } = nextSteps(look, { isSetUp: ownTables.has('operation') });
    return told(`${name}: ${title}`, steps);
  },
});

const choose = (names: readonly string[]): readonly NextStep[] =>
  names.length === 0
    ? [
        { command: 'octo-ha context add NAME', does: 'describe a cluster of yours' },
        { command: 'octo-ha lab up', does: 'a practice cluster on this machine' },
      ]
    : names.map((name) => ({ command: `octo-ha context use ${name}`, does: `work on ${name} from now on` }));

function told(title: string, steps: readonly NextStep[]) {
  const all = [...steps, { command: 'octo-ha --help', does: 'all commands' }];
  const longest = Math.max(...all.map(({ command }) => command.length));
  const lines = all.map(({ command, does }) => `  ${command.padEnd(Math.min(longest, 44))}  ${does}`);
  return { json: { title, steps: all }, text: [title, '', ...lines].join('\n'), names: all.map((s) => s.command) };
}
