import { readStatus } from '../operations/read-status.js';
import { statusJson } from '../render/json.js';
import { statusText } from '../render/status-text.js';
import { command } from './command.js';
import { duration, flag } from './options.js';

export const status = command({
  name: 'status',
  summary: 'Show the cluster on one screen',
  args: [],
  options: {
    watch: flag('look again and again, until Ctrl-C'),
    every: duration('2s', 'between two looks'),
  },
  examples: [
    ['octo-ha status', 'Nodes, queue and capacity.'],
    ['octo-ha status --watch', 'The whole terminal; in a pipe a line for each change.'],
    ['octo-ha status --json', 'The same for a script; with --watch one document a line.'],
  ],
  async run({ watch, every }, context) {
    if (watch) return await (await import('./watch-status.js')).watchStatus(context, every);
    const { cluster, terminal, signal } = context;
    const look = await readStatus(await cluster(), signal);
    return {
      json: statusJson(look),
      text: statusText(look, terminal.out),
      paged: true,
      names: look.nodes.map(({ name }) => name),
    };
  },
});
