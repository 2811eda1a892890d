import { counted } from '../../cluster/counted.js';
import { readStatusForChange } from '../../operations/doubtful-nodes.js';
import { drain, planDrain } from '../../operations/drain.js';
import { findNode } from '../../operations/find-node.js';
import { drainJson, drainPlanJson } from '../../render/drain-json.js';
import { capacityLine, drainText } from '../../render/drain-text.js';
import { warnOfBlindBalancer } from '../blind-balancer.js';
import { command } from '../command.js';
import { askConsent } from '../consent.js';
import { operating } from '../operating.js';
import { flag, span } from '../options.js';
import { tellWarnings } from '../tell-warnings.js';
import { telling } from '../telling.js';
import { drainOptions } from './out-options.js';

export const nodeDrain = command({
  name: 'node drain',
  summary: 'Stop giving a node new tasks and wait until it is idle',
  description:
    'Sets the drain flag of the node, waits until every task on it has ended, and then through the settle window, in ' +
    'which the node could still have taken a task. Ctrl-C ends the waiting; the node stays without new tasks. Run again, ' +
    'it goes on where it stopped.',
  args: ['node'],
  options: {
    ...drainOptions,
    detach: flag('set the flag and do not wait'),
    expect: span(undefined, 'how long the node should stay out; status speaks up after that'),
  },
  examples: [
    ['octo-ha node drain web-2', 'Shows what it means, asks, and waits until web-2 is idle.'],
    ['octo-ha node drain web-2 --yes --drain-timeout 2h', 'In a script: exit 5 when tasks still run after two hours.'],
    ['octo-ha node drain web-2 --dry-run', 'Only says what would be done and which guards would refuse.'],
  ],
  async run({ node: wanted, drainTimeout, onTimeout, cancelGrace, detach, expect }, context) {
    const { terminal, signal, globals } = context;
    const cluster = await context.cluster();
    const look = await readStatusForChange(cluster, signal);
    const plan = planDrain(look, findNode(look.nodes, wanted), globals.override);
    const { node, heard, steps } = plan;
    tellWarnings(heard, terminal);
    await warnOfBlindBalancer(context);
    if (globals.dryRun) {
      const lines = steps.map((step) => `would ${step}`);
      return {
        json: drainPlanJson(plan),
        text: [`${node.name}: ${capacityLine(plan)}`, ...lines].join('\n'),
        names: [node.name],
      };
    }
    if (!node.draining) {
      terminal.say(
        `${node.name} (${node.state}, ${counted(node.runningTasks, 'task')} running): ${capacityLine(plan)}`,
      );
      const severe = heard.severe || onTimeout === 'cancel-tasks';
      await askConsent(severe ? 'severe' : 'moderate', `Drain ${node.name}?`, node.name, context);
    }
    const request = { drainTimeout, onTimeout, cancelGrace, detach, expect };
    const result = await drain(await operating(context), plan, look, request, telling(node.name, terminal), signal);
    return { json: drainJson(plan, result), text: drainText(plan, result), names: [node.name] };
  },
});
