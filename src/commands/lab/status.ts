import { lookAtLab, requireLab } from '../../lab/look.js';
import { command } from '../command.js';
import { labText } from './lab-text.js';

export const labStatus = command({
  name: 'lab status',
  summary: 'Show the processes of the practice cluster',
  args: [],
  options: {},
  examples: [
    ['octo-ha lab status', 'Nodes and balancer, with their addresses and process ids.'],
    ['octo-ha lab status --json', 'The same for a script, with the paths of database and shared folder.'],
  ],
  async run(_input, { lab, terminal }) {
    const host = await lab();
    const look = await lookAtLab(host, await requireLab(host));
    return { json: look, text: labText(look, terminal.out), names: look.nodes.map(({ name }) => name) };
  },
});
