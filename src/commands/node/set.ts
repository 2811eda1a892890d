import { Failure } from '../../errors.js';
import { completeAddress, describeNode, placeOf } from '../../operations/describe-machine.js';
import { findNode } from '../../operations/find-node.js';
import { readStatus } from '../../operations/read-status.js';
import { command } from '../command.js';
import { operating } from '../operating.js';
import { text } from '../options.js';
import { machineOptions } from './machine-options.js';
import { webAddress } from './web-address.js';

export const nodeSet = command({
  name: 'node set',
  summary: 'Keep where a node is: its web address, its machine, its service',
  description:
    'Addresses are kept with the cluster, for every administrator. How you log in is not: that is in your own context ' +
    'file (ssh, machines) and in your ssh configuration.',
  args: ['node'],
  options: {
    host: text('HOST', 'the machine, as ssh knows it'),
    ...machineOptions,
  },
  examples: [
    ['octo-ha node set web-2 --url https://web-2.corp --host web-2.corp', 'A Windows machine with the usual names.'],
    ['octo-ha node set web-3 --host web-3 --manager docker --service octopus', 'A container.'],
  ],
  async run({ node: wanted, url, host, port, manager, service, instance, hostKey }, context) {
    const { signal, globals } = context;
    const cluster = await context.cluster();
    const node = findNode((await readStatus(cluster, signal)).nodes, wanted);
    webAddress(url);
    const before = await placeOf({ cluster }, node, signal);
    const hostKeys = hostKey.length === 0 ? undefined : hostKey;
    const machine = completeAddress({ host, port, manager, service, instance, hostKeys }, before.machine);
    if (url === undefined && machine === undefined) throw new Failure('usage', 'nothing is given to be kept');
    const json = { node: node.name, url: url ?? before.url ?? null, machine: machine ?? before.machine ?? null };
    if (globals.dryRun) return { json: { dryRun: true, ...json }, text: 'would keep that', names: [node.name] };
    await describeNode(await operating(context), node, { url, machine }, signal);
    const lines = [
      `${node.name}: ${json.url ?? 'its web address is not known'}`,
      ...(json.machine === null ? [] : [`${json.machine.service} (${json.machine.manager}) on ${json.machine.host}`]),
    ];
    return { json, text: lines.join('\n'), names: [node.name] };
  },
});
