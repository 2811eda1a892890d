import { withContext } from '../../configuration/edit.js';
import { bringUp } from '../../lab/up.js';
import type { Option } from '../command.js';
import { command } from '../command.js';
import { choice, flag, whole } from '../options.js';
import { contextOf, isUpToDate, labContextName, refuseOtherCluster } from './lab-context.js';
import { labText } from './lab-text.js';

const nodes: Option<number | undefined> = {
  ...whole(3, { least: 0, most: 50 }, 'how many nodes'),
  initial: undefined,
};

const machines: Option<number | undefined> = {
  ...whole(3, { least: 1, most: 50 }, ''),
  help: 'how many machines, where some are to be without a node (default as many as nodes)',
  initial: undefined,
};

export const labUp = command({
  name: 'lab up',
  summary: 'Start a practice cluster on this machine',
  description:
    'Starts simulated Octopus Server nodes, each a process of its own that goes on after this command, over one ' +
    'database and one shared folder, with a load balancer in front. Each is on a simulated machine with an SSH server, ' +
    'a service manager and an Octopus.Server command. Run again, it starts what is missing. The lab proves what ' +
    'octo-ha does; it claims nothing about Octopus Server itself.',
  args: [],
  options: {
    nodes,
    machines,
    unwatched: flag('machines without a watchdog: a node that stops, or is killed, stays so'),
    cap: whole(5, { least: 0, most: 50 }, 'task cap of each new node'),
    balancer: choice(
      ['auto', 'haproxy', 'own', 'none'],
      'auto',
      'what stands in front; auto is HAProxy where it is installed',
    ),
  },
  examples: [
    ['octo-ha lab up --nodes 3', 'Three nodes; then try: octo-ha status'],
    ['octo-ha lab up --nodes 5', 'Two more nodes in the lab that is there.'],
    ['octo-ha lab up --nodes 0 --machines 4', 'Machines without a node, to set a cluster up on.'],
  ],
  async run({ nodes, machines, unwatched, cap, balancer }, context) {
    const { terminal, signal, globals, configurationFile } = context;
    configurationFile.toBeMade();
    const configuration = await context.configuration();
    refuseOtherCluster(configuration, configurationFile.path);
    const host = await context.lab();
    if (globals.dryRun) {
      const text = `would bring up a lab in ${host.home.path}`;
      return { json: { dryRun: true, home: host.home.path }, text };
    }
    const wanted = { nodes, machines, watched: unwatched ? false : undefined, cap, balancer, tell: terminal.say };
    const look = await bringUp(host, wanted, signal);
    const select = configuration.current === undefined;
    if (select || !isUpToDate(configuration.contexts[labContextName], look)) {
      const text = await configurationFile.read();
      await configurationFile.write(withContext(text, labContextName, contextOf(look), { select }));
    }
    const selected = select || configuration.current === labContextName;
    const own = look.balancer?.kind === 'own' && balancer === 'auto';
    return {
      json: { ...look, context: { name: labContextName, selected } },
      text: [
        labText(look, terminal.out),
        '',
        ...(own ? ["HAProxy is not installed here, so a small balancer of the lab's own stands in for it"] : []),
        selected
          ? `the context ${labContextName} is selected; see the cluster with: octo-ha status`
          : `the context ${configuration.current} stays selected; see the lab with: octo-ha status --context ${labContextName}`,
      ].join('\n'),
      names: look.nodes.map(({ name }) => name),
    };
  },
});
