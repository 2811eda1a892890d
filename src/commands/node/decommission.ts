import { Failure } from '../../errors.js';
import { decommission } from '../../operations/decommission.js';
import { readStatusForChange } from '../../operations/doubtful-nodes.js';
import { findNode } from '../../operations/find-node.js';
import { goneNode } from '../../operations/gone-node.js';
import { inspectMachines } from '../../operations/inspect-machines.js';
import { drained, propose } from '../../operations/propose.js';
import { capacityLine } from '../../render/drain-text.js';
import { warnOfBlindBalancer } from '../blind-balancer.js';
import { command } from '../command.js';
import { askConsent } from '../consent.js';
import { operating } from '../operating.js';
import { flag } from '../options.js';
import { tellWarnings } from '../tell-warnings.js';
import { telling } from '../telling.js';
import { drainOptions, serviceOptions } from './out-options.js';

export const nodeDecommission = command({
  name: 'node decommission',
  summary: 'Take a node out of the cluster for good',
  description:
    'Drains the node, stops and disables its service, waits until it is silent, deletes its rows, and looks again that ' +
    'it did not add itself. Then it says what remains to be done outside. Nothing of the data is touched.',
  args: ['node'],
  options: {
    ...drainOptions,
    requestGrace: serviceOptions.requestGrace,
    serviceTimeout: serviceOptions.serviceTimeout,
    offline: flag('its machine is gone; only its row is dealt with'),
    keepService: flag('leave its service so that it can be started by hand'),
  },
  examples: [
    ['octo-ha node decommission web-3', 'Shows what it means and wants the name typed.'],
    ['octo-ha node decommission web-3 --offline --confirm web-3', 'In a script, for a machine that is gone.'],
  ],
  async run(input, context) {
    const { node: wanted, drainTimeout, onTimeout, cancelGrace, requestGrace, serviceTimeout, offline } = input;
    const { terminal, signal, globals, identity } = context;
    const cluster = await context.cluster();
    const look = await readStatusForChange(cluster, signal);
    // A run that was cut short may have deleted the row already.
    const gone = await goneNode(cluster, look, wanted, signal);
    const node = gone ?? findNode(look.nodes, wanted);
    if (offline && node.state !== 'offline' && node.state !== 'stale') {
      throw new Failure('refused', `${node.name} is ${node.state}: --offline is for a machine that is gone`);
    }
    const inspected = offline || gone ? [] : await inspectMachines(cluster, look, [node], signal);
    const cutShort = look.unfinished.find(({ kind, nodes }) => kind === 'decommission' && nodes.includes(node.name));
    const unproven = cutShort ? [] : inspected.flatMap((one) => one.unproven ?? []);
    const machine = { who: cutShort?.who ?? identity.who, unproven };
    const plan = propose(look, node, drained(node), globals.override, machine);
    tellWarnings(plan.heard, terminal);
    await warnOfBlindBalancer(context);
    const line = `${node.name} (${node.state}): ${capacityLine(plan)}, and it leaves the cluster for good`;
    if (globals.dryRun) {
      const json = { dryRun: true, node: node.name, capacity: { before: plan.before, after: plan.after } };
      return { json, text: line, names: [node.name] };
    }
    terminal.say(line);
    await askConsent('severe', `Decommission ${node.name}?`, node.name, context);
    const request = { drainTimeout, onTimeout, cancelGrace, requestGrace, serviceTimeout, offline };
    const result = await decommission(
      await operating(context),
      { node },
      look,
      { ...request, keepService: input.keepService },
      telling(node.name, terminal),
      signal,
    );
    const { tookMs, ...rest } = result;
    return {
      json: { ...rest, durationMs: tookMs },
      text: [
        `${node.name} is out of the cluster. What remains to be done:`,
        ...result.remaining.map((one) => `  ${one}`),
      ].join('\n'),
      names: [node.name],
    };
  },
});
