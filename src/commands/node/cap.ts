import { readStatusForChange } from '../../operations/doubtful-nodes.js';
import { findNode } from '../../operations/find-node.js';
import { isUnfinished } from '../../operations/read-status.js';
import { changeCap, planCap } from '../../operations/task-cap.js';
import { capacityLine } from '../../render/drain-text.js';
import { command } from '../command.js';
import { askConsent } from '../consent.js';
import { operating } from '../operating.js';
import { tellWarnings } from '../tell-warnings.js';
import { wholeNumber } from '../value-rule.js';

/** Octopus accepts 0 to 50: https://octopus.com/docs/support/increase-the-octopus-server-task-cap */
const mostTasks = 50;

export const nodeCap = command({
  name: 'node cap',
  summary: 'Set how many tasks a node runs at once (0: portal and API only)',
  args: ['node', 'cap'],
  options: {},
  examples: [
    ['octo-ha node cap web-2 10', 'web-2 runs ten tasks at once.'],
    ['octo-ha node cap web-3 0', 'web-3 serves the portal and the API only.'],
  ],
  async run({ node: wanted, cap }, context) {
    const { terminal, signal, globals } = context;
    const to = wholeNumber(cap, 0, mostTasks);
    const cluster = await context.cluster();
    const look = await readStatusForChange(cluster, signal);
    const plan = planCap(look, findNode(look.nodes, wanted), to, globals.override);
    const { node, heard, before, after } = plan;
    const json = { node: node.name, taskCap: { before: node.taskCap, after: to }, capacity: { before, after } };
    tellWarnings(heard, terminal);
    if (globals.dryRun) {
      const text = `would set the task cap of ${node.name} from ${node.taskCap} to ${to}: ${capacityLine(plan)}`;
      return { json: { dryRun: true, ...json }, text, names: [node.name] };
    }
    if (to === node.taskCap && !isUnfinished(look, 'cap', node)) {
      return { json, text: `the task cap of ${node.name} is ${to}; nothing to do`, names: [node.name] };
    }
    if (to < node.taskCap) {
      terminal.say(`${node.name}: task cap ${node.taskCap} → ${to}, ${capacityLine(plan)}`);
      await askConsent(heard.severe ? 'severe' : 'moderate', `Lower the task cap of ${node.name}?`, node.name, context);
    }
    const { operation } = await changeCap(await operating(context), plan, signal);
    return {
      json: { ...json, operation },
      text: `the task cap of ${node.name} is ${to} (was ${node.taskCap})`,
      names: [node.name],
    };
  },
});
