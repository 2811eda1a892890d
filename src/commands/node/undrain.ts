import type { Node } from '../../cluster/node.js';
import { findNode } from '../../operations/find-node.js';
import type { Ping } from '../../operations/ping.js';
import { propose } from '../../operations/propose.js';
import { isUnfinished, readStatus } from '../../operations/read-status.js';
import { undrain } from '../../operations/undrain.js';
import { pingText } from '../../render/node-text.js';
import { command } from '../command.js';
import { askConsent } from '../consent.js';
import { operating } from '../operating.js';
import { tellWarnings } from '../tell-warnings.js';

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
    const names = [node.name];
    if (!node.draining && !isUnfinished(look, 'undrain', node)) {
      const ping = { kind: 'not-asked', why: 'nothing was changed' } as const;
      const json = globals.dryRun ? { dryRun: true, node: node.name, steps: [] } : undone(node.name, ping);
      return { json, text: `${node.name} is not drained; nothing to do`, names };
    }
    const { heard } = propose(look, node, { ...node, draining: false }, globals.override);
    tellWarnings(heard, terminal);
    if (globals.dryRun) {
      const json = { dryRun: true, node: node.name, steps: ['give it tasks again'] };
      return { json, text: `would give ${node.name} tasks again`, names };
    }
    const { hold } = node;
    if (hold !== null && hold.who !== context.identity.who) {
      terminal.say(`${node.name} is held by ${hold.who} since ${hold.since.toISOString()}: ${hold.why}`);
      await askConsent('moderate', `Give ${node.name} tasks again all the same?`, node.name, context);
    }
    const tell = (why: string) => terminal.say(`${node.name}: ${why}`);
    const { operation, changed, ping } = await undrain(await operating(context), node, look, tell, signal);
    const confirmedByNode = ping.kind === 'answered';
    const confirmed = confirmedByNode ? '' : `\nnot confirmed by the node: ${pingText(ping)}`;
    return {
      json: { node: node.name, operation, changed, confirmedByNode, ping },
      text: `${backInService(node)}${confirmed}`,
      names,
    };
  },
});

const undone = (node: string, ping: Ping) => ({ node, operation: null, changed: false, confirmedByNode: false, ping });

function backInService({ name, state, taskCap }: Node): string {
  if (state === 'offline' || state === 'stale') return `the drain flag of ${name} is cleared; the node is ${state}`;
  return taskCap === 0 ? `${name} serves the portal and the API again` : `${name} takes tasks again`;
}
