import { showNode } from '../../operations/show-node.js';
import { nodeJson, taskJson } from '../../render/json.js';
import { nodeText } from '../../render/node-text.js';
import { command } from '../command.js';

export const nodeShow = command({
  name: 'node show',
  summary: 'Show one node, its own ping and the tasks it has taken',
  args: ['node'],
  options: {},
  examples: [['octo-ha node show web-2', 'What the database and the node itself say.']],
  async run({ node: wanted }, { cluster, terminal, signal }) {
    const details = await showNode(await cluster(), wanted, signal);
    const { node, url, ping, tasks } = details;
    return {
      json: { node: { ...nodeJson(node), url: url ?? null, ping, tasks: tasks.map(taskJson) } },
      text: nodeText(details, terminal.out),
      paged: true,
      names: [node.name],
    };
  },
});
