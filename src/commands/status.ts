import { readStatus } from '../operations/read-status.js';
import { statusJson } from '../render/json.js';
import { statusText } from '../render/status-text.js';
import { command } from './command.js';

export const status = command({
  name: 'status',
  summary: 'Show the cluster on one screen',
  args: [],
  options: {},
  examples: [
    ['octo-ha status', 'Nodes, queue and capacity.'],
    ['octo-ha status --json', 'The same for a script.'],
  ],
  async run(_input, { cluster, terminal, signal }) {
    const look = await readStatus(await cluster(), signal);
    return {
      json: statusJson(look),
      text: statusText(look, terminal.out),
      names: look.nodes.map(({ name }) => name),
    };
  },
});
