import { formatDuration } from '../../cluster/duration.js';
import { nodeKey } from '../../cluster/node.js';
import { logPhrases } from '../../operations/probe/log-phrases.js';
import type { MachineFacts } from '../../operations/probe/machine-facts.js';
import { fail, type NodeCheck, pass, skip, type Verdict, warn } from '../check.js';
import { machineCheck } from '../kinds.js';
import { ours } from '../limits.js';

const machine: NodeCheck = {
  kind: 'node',
  from: 'machine',
  id: 'nodes/machine',
  title: "the node's machine can be looked at",
  why: 'One probe over SSH tells everything that is judged from a machine: clock, disks, service, configuration, what it reaches. It changes nothing.',
  cure: {
    text: 'Keep how the machine is reached with the cluster, and the login in the context.',
    commands: ['octo-ha node set NODE --host HOST'],
  },
  needs: ['database/reachable'],
  async run(world, node, signal) {
    const facts = await world.machine(node, signal);
    if (facts === undefined) return skip(`it is not known how to reach the machine of ${node.name}`);
    return pass({ host: facts.host, os: `${facts.osName} ${facts.osVersion}`.trim(), user: facts.user });
  },
};

const clock = machineCheck({
  id: 'nodes/clock',
  title: "the machine's clock agrees with this one's",
  why: 'Heartbeats and queue times are written by each node. Differences between clocks have taken nodes for dead (issue 6377).',
  cure: {
    text: 'Let all machines take their time from the same source.',
    commands: ['w32tm /resync', 'timedatectl set-ntp true'],
  },
  judge({ clockAheadMs, clockDoubtMs }, _node, { limits }): Verdict {
    const difference = Math.max(0, Math.abs(clockAheadMs) - clockDoubtMs);
    const evidence = { aheadMs: clockAheadMs, doubtMs: clockDoubtMs };
    const problem = `its clock is ${formatDuration(Math.abs(clockAheadMs))} ${clockAheadMs > 0 ? 'ahead of' : 'behind'} this machine`;
    if (difference > limits.clockFail) return fail(`${problem} ${ours(limits, 'clockFail')}`, { evidence });
    return difference > limits.clockWarn
      ? warn(`${problem} ${ours(limits, 'clockWarn')}`, { evidence })
      : pass(evidence);
  },
});

const timeSource = machineCheck({
  id: 'nodes/time-source',
  ofMachine: true,
  title: "the machine's clock is kept by a time service",
  why: 'A clock that is right today and has no source drifts by seconds a week.',
  cure: { text: 'Enable the time service.', commands: ['timedatectl set-ntp true', 'w32tm /config /update'] },
  judge({ timeSynchronised }): Verdict {
    if (timeSynchronised === null) return skip('the machine does not tell');
    return timeSynchronised ? pass() : warn('no time service keeps its clock');
  },
});

const service = machineCheck({
  id: 'nodes/service-running',
  title: 'Octopus Server runs on the machine',
  why: 'A node that cannot reach its database or its storage starts and stops again at once.',
  cure: { text: 'Read the end of its log, then start it.', commands: ['octo-ha node start NODE'] },
  judge({ service: { state } }, node): Verdict {
    if (state === '') return skip('the machine does not tell the state of its service');
    if (state === 'running') return pass({ state });
    if (state === 'missing') return fail('there is no service of the name that is kept for it');
    // A node that was stopped on purpose is held, and its hold is told elsewhere.
    return node.hold === null
      ? fail(`its service is ${state}`)
      : warn(`its service is ${state}; ${node.hold.who} holds the node`);
  },
});

const automatic = machineCheck({
  id: 'nodes/service-automatic',
  title: 'Octopus Server starts with its machine',
  why: 'A service left at manual or disabled after maintenance stays away after the next restart.',
  cure: {
    text: 'Set it back.',
    commands: [
      'sc.exe config OctopusDeploy start= delayed-auto',
      'docker update --restart=unless-stopped CONTAINER',
      'systemctl enable UNIT',
    ],
  },
  judge({ service: { automatic } }, node): Verdict {
    if (automatic === null) return skip('the machine does not tell');
    if (automatic) return pass();
    return node.hold === null ? warn('it has to be started by hand') : skip(`${node.hold.who} holds the node`);
  },
});

const restarts = machineCheck({
  id: 'nodes/service-restarts',
  title: 'Octopus Server does not restart again and again',
  why: 'A manager that restarts it hides a crash; each one cancels the tasks of the node.',
  cure: { text: 'Read the end of its log before each start.' },
  judge({ service }, _node, { limits }): Verdict {
    if (service.restarts === null) return skip('the machine does not count restarts');
    const evidence = { restarts: service.restarts };
    return service.restarts > limits.restartsWarn
      ? warn(`its manager has restarted it ${service.restarts} times ${ours(limits, 'restartsWarn')}`, { evidence })
      : pass(evidence);
  },
});

const localAccounts = /^(local ?system|nt authority\\.*)$/i;

const account = machineCheck({
  id: 'nodes/service-account',
  title: 'the service account can reach database and storage',
  why: 'LocalSystem reaches another machine as the computer account only: with Windows authentication and a share that seldom works.',
  cure: {
    text: 'Run the service as a domain or group-managed account.',
    commands: ['Octopus.Server service --instance INSTANCE --reconfigure --user DOMAIN\\NAME'],
  },
  judge({ service, os }): Verdict {
    if (os !== 'windows')
      return skip('containers and Linux services take their database login from the connection string');
    if (service.account === '') return skip('the machine does not tell the account');
    const evidence = { account: service.account };
    return localAccounts.test(service.account) ? warn(`it runs as ${service.account}`, { evidence }) : pass(evidence);
  },
});

const nodeName = machineCheck({
  id: 'nodes/name',
  title: 'the configuration on the machine names this node',
  why: 'A machine whose node name is another one takes tasks under that name; a container without one makes a new node each time.',
  cure: {
    text: 'Correct the address that is kept for the node, or pin the name (OCTOPUS_SERVER_NODE_NAME).',
    commands: ['octo-ha node set NODE --host HOST'],
  },
  judge(facts, node): Verdict {
    if (facts.nodeName === '') return skip('its configuration cannot be read, or does not name a node');
    return nodeKey(facts.nodeName) === nodeKey(node.name)
      ? pass({ nodeName: facts.nodeName })
      : fail(`its configuration names ${facts.nodeName}`);
  },
});

const bare = (server: string): string =>
  server.toLowerCase().replace(/^tcp:/, '').replace(/,\d+$/, '').replace(/\\.*$/, '').trim();

const database: NodeCheck & {
  judge(facts: MachineFacts, expected: { database: string; server: string | null }): Verdict;
} = {
  kind: 'node',
  from: 'machine',
  id: 'nodes/database',
  title: 'the node uses the database of this cluster',
  why: 'A node on a copy works by itself: it takes no task of this cluster, and looks healthy.',
  cure: {
    text: 'Correct the connection string on that node and restart it.',
    commands: ['Octopus.Server database --instance INSTANCE --connectionString "Server=…;Database=…"'],
  },
  needs: ['nodes/machine'],
  async run(world, node, signal) {
    const [facts, { database: name }] = await Promise.all([world.machine(node, signal), world.catalogue(signal)]);
    if (facts === undefined) return skip(`it is not known how to reach the machine of ${node.name}`);
    return this.judge(facts, { database: name, server: world.connection?.server ?? null });
  },
  judge({ databaseName, databaseServer }, { database: expected, server }) {
    if (databaseName === '') return skip('its configuration cannot be read, or does not name a database');
    const evidence = { server: databaseServer, database: databaseName };
    if (databaseName.toLowerCase() !== expected.toLowerCase()) {
      return fail(`it uses the database ${databaseName}, and this cluster is ${expected}`, { evidence });
    }
    // One server has many names: another one is worth a look and proves nothing.
    if (server !== null && databaseServer !== '' && bare(databaseServer) !== bare(server)) {
      return warn(`it names the server ${databaseServer}, and this machine ${server}`, { evidence });
    }
    return pass(evidence);
  },
};

const installed = machineCheck({
  id: 'nodes/installed-version',
  title: 'the version installed on the machine is the one that runs',
  why: 'A version that was installed and not started yet is started by the next restart: against the schema of the others.',
  cure: { text: 'Install the version of the cluster, or plan the upgrade.' },
  judge({ version }, node): Verdict {
    if (version === '' || node.version === null) return skip('its version is not told in both places');
    return version === node.version
      ? pass({ version })
      : fail(`${version} is installed, and the cluster knows ${node.version}`);
  },
});

const watchdog = machineCheck({
  id: 'nodes/watchdog',
  title: 'a watchdog does not work against a hold',
  why: 'The watchdog starts a service that was stopped on purpose, in the middle of maintenance (issue 3626).',
  cure: { text: 'Suspend it for as long.', commands: ['Octopus.Server watchdog --delete --instances INSTANCE'] },
  judge({ watchdog: on }, node): Verdict {
    if (on === null) return skip('there is no watchdog on this platform');
    return on && node.hold !== null
      ? warn(`the watchdog is on while ${node.hold.who} holds the node`)
      : pass({ watchdog: on });
  },
});

const alone = machineCheck({
  id: 'nodes/one-instance',
  title: 'one instance of Octopus Server is on the machine',
  why: 'An update of Octopus Server stops every instance of the machine, and so does its restart.',
  cure: { text: 'Move the other instance, or remember it.', commands: ['Octopus.Server list-instances'] },
  judge({ instances }): Verdict {
    if (instances === null) return skip('the machine does not tell');
    return instances > 1 ? warn(`${instances} instances are on it`) : pass({ instances });
  },
});

const log = machineCheck({
  id: 'nodes/log',
  title: "the end of the node's log tells of no known trouble",
  why: 'The last 256 KB of OctopusServer.txt are searched for sentences that name a cause.',
  cure: { text: 'Read those lines in Logs/OctopusServer.txt of that node.' },
  judge({ log: counts }): Verdict {
    if (counts === null) return skip('the log cannot be read by this login');
    const met = logPhrases.filter(({ name }) => (counts[name] ?? 0) > 0);
    if (met.length === 0) return pass();
    const words = met.map(({ name, phrase, tells }) => `"${phrase}" ${counts[name]} times: ${tells}`);
    return warn(words.join('; '), { evidence: { phrases: met.map(({ phrase }) => phrase) } });
  },
});

export const machineChecks = [
  machine,
  clock,
  timeSource,
  service,
  automatic,
  restarts,
  account,
  nodeName,
  database,
  installed,
  watchdog,
  alone,
  log,
] as const;
