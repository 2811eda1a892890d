import { readStatus } from '../../operations/read-status.js';
import { nodeJson } from '../../render/json.js';
import { nodesTable } from '../../render/status-text.js';
import { command } from '../command.js';

export const nodeList = command({
  name: 'node list',
  summary: 'List the nodes with their state, tasks and version',
  args: [],
  options: {},
  examples: [
    ['octo-ha node list', 'One node a line.'],
    ['octo-ha node list -o name', 'Only the names, for a loop.'],
  ],
  async run(_input, { cluster, terminal, signal }) {
    const { nodes, at } = await readStatus(await cluster(), signal);
    return {
      json: { nodes: nodes.map(nodeJson) },
      text: nodesTable(nodes, at, terminal.out),
      paged: true,
      names: nodes.map(({ name }) => name),
    };
  },
});
