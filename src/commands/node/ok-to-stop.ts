import { counted } from '../../cluster/counted.js';
import { readStatusForChange } from '../../operations/doubtful-nodes.js';
import { findNode } from '../../operations/find-node.js';
import { howManyMore, okToStop } from '../../operations/ok-to-stop.js';
import { capacityLine } from '../../render/drain-text.js';
import { command } from '../command.js';
import { flag } from '../options.js';

export const nodeOkToStop = command({
  name: 'node ok-to-stop',
  summary: 'Tell whether nodes could be taken out of service now',
  description: 'Hears every guard and changes nothing: exit 0 when none is against it, 3 when one is.',
  args: ['node...'],
  options: { max: flag('also say how many more could stop at the same time') },
  examples: [
    ['octo-ha node ok-to-stop web-2 && octo-ha node drain web-2 --yes', 'In a script.'],
    ['octo-ha node ok-to-stop web-2 web-3 --max', 'Both at once, and how many more.'],
  ],
  async run({ node: wanted, max }, { cluster, globals, signal }) {
    const look = await readStatusForChange(await cluster(), signal);
    const nodes = [...new Set(wanted.map((name) => findNode(look.nodes, name)))];
    const names = nodes.map(({ name }) => name);
    const { before, after, heard } = okToStop(look, nodes, globals.override);
    const more = max ? howManyMore(look, nodes, globals.override) : null;
    const busy = nodes
      .filter(({ runningTasks }) => runningTasks > 0)
      .map(({ name, runningTasks }) => `${name} runs ${counted(runningTasks, 'task')}, which a drain lets end`);
    const lines = [
      `${names.join(', ')} may stop: ${capacityLine({ before, after })}`,
      ...[...busy, ...heard.warnings].map((warning) => `but ${warning}`),
      ...(more === null ? [] : [`${more} more could stop at the same time`]),
    ];
    return {
      json: { okToStop: true, nodes: names, capacity: { before, after }, warnings: [...busy, ...heard.warnings], more },
      text: lines.join('\n'),
      names,
    };
  },
});
