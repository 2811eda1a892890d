import { findNode } from '../../operations/find-node.js';
import { hear } from '../../operations/guards/index.js';
import { readStatus } from '../../operations/read-status.js';
import { undrain } from '../../operations/undrain.js';
import { pingText } from '../../render/node-text.js';
import { command } from '../command.js';
import { askConsent } from '../consent.js';
import { operating } from '../operating.js';

export const nodeUndrain = command({
  name: 'node undrain',
  summary: 'Give a drained node tasks again',
  description: "Clears the drain flag of the node and waits until the node's own ping follows.",
  args: ['node'],
  options: {},
  examples: [['octo-ha node undrain web-2', 'web-2 takes tasks and requests again.']],
  async run({ node: wanted }, context) {
    const { terminal, signal, globals } = context;
    const cluster = await context.cluster();
    const look = await readStatus(cluster, signal);
    const node = findNode(look.nodes, wanted);
    const { running, queue, oddities, nodes } = look;
    const { warnings } = hear(
      { before: nodes, after: nodes, changing: [node.name], running, queue, oddities },
      globals.override,
    );
    for (const warning of warnings) terminal.warn(`${terminal.err.yellow('warning:')} ${warning}`);
    if (globals.dryRun) {
      const steps = node.draining ? ['give it tasks again'] : [];
      const text = node.draining ? `would give ${node.name} tasks again` : `${node.name} is not drained; nothing to do`;
      return { json: { dryRun: true, node: node.name, steps }, text, names: [node.name] };
    }
    const { hold } = node;
    if (hold !== null && hold.who !== context.identity.who) {
      terminal.say(`${node.name} is held by ${hold.who} since ${hold.since.toISOString()}: ${hold.why}`);
      await askConsent('moderate', `Give ${node.name} tasks again all the same?`, node.name, context);
    }
    const { operation, changed, ping } = await undrain(
      await operating(context),
      node,
      look,
      (why) => terminal.say(`${node.name}: ${why}`),
      signal,
    );
    const confirmed = ping.kind === 'answered';
    const done = changed ? `${node.name} takes tasks again` : `${node.name} was not drained; nothing to do`;
    return {
      json: { node: node.name, operation, changed, confirmedByNode: confirmed, ping },
      text: confirmed ? done : `${done}\nnot confirmed by the node: ${pingText(ping)}`,
      names: [node.name],
    };
  },
});
