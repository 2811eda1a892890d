import { formatDuration } from '../../cluster/duration.js';
import { type Node, nodeKey } from '../../cluster/node.js';
import { octopusTiming } from '../../cluster/timing.js';
import { fail, pass, skip, type Verdict, warn } from '../check.js';
import { nodeCheck, statusCheck } from '../kinds.js';
import { ours } from '../limits.js';

const isThere = ({ state }: Node): boolean => state !== 'offline' && state !== 'stale' && state !== 'unknown';

const heartbeat = nodeCheck({
  id: 'nodes/heartbeat',
  title: 'the node reports in',
  why:
    'Each node refreshes LastSeen about every 60 seconds. One that does not is down, cut off from the database, or held ' +
    'up by it; its tasks are cancelled by another node after an hour.',
  cure: {
    text: 'See whether the service runs on that machine, and what its log says. A node that cannot reach the database starts and stops again.',
    commands: ['octo-ha node show NODE', 'Octopus.Server service --instance INSTANCE --start'],
  },
  judge(node, { timing }, { limits, now }): Verdict {
    if (node.lastSeen === null) {
      return node.state === 'offline' ? fail('it has said that it is offline') : fail('it was never seen');
    }
    const age = now.getTime() - node.lastSeen.getTime();
    const evidence = { lastSeen: node.lastSeen.toISOString(), state: node.state };
    if (node.state === 'offline') return fail(`it was last seen ${formatDuration(Math.max(0, age))} ago`, { evidence });
    // A cluster that is taken for offline sooner than usual, such as a lab, keeps the proportion.
    const late = (limits.heartbeatWarn * timing.offlineAfter) / octopusTiming.offlineAfter;
    if (age <= late) return pass(evidence);
    return warn(`it was last seen ${formatDuration(age)} ago ${ours(limits, 'heartbeatWarn')}`, { evidence });
  },
});

export const enough = statusCheck({
  id: 'nodes/enough',
  title: 'at least two nodes are online',
  why: 'High availability begins with two: with one, every restart is an outage.',
  cure: { text: 'Start the nodes that are down, or add one.', commands: ['octo-ha node list'] },
  judge({ nodes }) {
    const online = nodes.filter(isThere);
    const evidence = { online: online.map(({ name }) => name) };
    if (online.length >= 2) return pass(evidence);
    return fail(online.length === 0 ? 'no node is online' : `${online[0]?.name} is the only node online`, { evidence });
  },
});

const notTooMany = statusCheck({
  id: 'nodes/not-too-many',
  title: 'there are no more nodes than Octopus recommends',
  why: 'Octopus is tested with up to 8 nodes and recommends 2 to 4; each one loads the database even when idle.',
  cure: { text: 'Raise task caps instead of adding nodes.', commands: ['octo-ha node cap NODE N'] },
  judge({ nodes }) {
    const { length } = nodes.filter(({ state }) => state !== 'stale');
    if (length > 8) return fail(`${length} nodes are more than the 8 that Octopus has tested`);
    return length > 6 ? warn(`${length} nodes are more than the 6 that Octopus recommends`) : pass({ nodes: length });
  },
});

const stale = statusCheck({
  id: 'nodes/stale',
  title: 'no node is forgotten',
  why: 'A node that is gone for good stays in the list until somebody deletes it, and its tasks and addresses with it.',
  cure: { text: 'Remove it, if its machine is gone.', commands: ['octo-ha node decommission NODE --offline'] },
  judge({ nodes, timing }) {
    const forgotten = nodes.filter(({ state }) => state === 'stale').map(({ name }) => name);
    if (forgotten.length === 0) return pass();
    return warn(`not seen for more than ${formatDuration(timing.staleAfter)}: ${forgotten.join(', ')}`, {
      evidence: { nodes: forgotten },
    });
  },
});

const sameVersion = statusCheck({
  id: 'nodes/same-version',
  title: 'all nodes run the same version',
  why: 'Octopus needs the same version on every node: they share one database schema. From the installation history and the node table.',
  cure: {
    text: 'Install the same version on every node. That is an upgrade: stop all nodes first. https://octopus.com/docs/administration/upgrading',
  },
  judge({ nodes }) {
    const told = nodes.filter(({ version, state }) => version !== null && state !== 'stale');
    const versions = [...new Set(told.map(({ version }) => version ?? ''))];
    if (versions.length === 0) return skip('the database does not tell the version of any node');
    if (versions.length === 1) return pass({ version: versions[0] ?? '' });
    const evidence = { versions: told.map(({ name, version }) => `${name}: ${version}`) };
    return fail(`${versions.length} versions: ${evidence.versions.join(', ')}`, { evidence });
  },
});

const uniqueNames = statusCheck({
  id: 'nodes/unique-names',
  title: 'each node is registered once',
  why: 'A node that was renamed leaves its old row behind (issues 4898, 5793), which counts as a node that is offline.',
  cure: { text: 'Delete the row that is not refreshed.', commands: ['octo-ha node decommission ID --offline'] },
  judge({ nodes }) {
    const seen = new Map<string, string>();
    const twice: string[] = [];
    for (const { id, name } of nodes) {
      const other = seen.get(nodeKey(name));
      if (other !== undefined) twice.push(`${name} (${other} and ${id})`);
      seen.set(nodeKey(name), id);
    }
    return twice.length === 0 ? pass() : fail(`registered twice: ${twice.join(', ')}`, { evidence: { nodes: twice } });
  },
});

const idSpelling = statusCheck({
  id: 'nodes/id-spelling',
  title: "each node's Id and name are spelled alike",
  why: 'Inside Octopus case matters: an Id spelled otherwise than the machine name once stopped heartbeats (issue 3757).',
  cure: { text: 'Register the node anew under one spelling, when it can be spared.' },
  judge({ nodes }) {
    const bare = (id: string) => id.replace(/^OctopusServerNodes-/i, '');
    const odd = nodes.filter(({ id, name }) => bare(id) !== name && bare(id).toLowerCase() === name.toLowerCase());
    if (odd.length === 0) return pass();
    return warn(`spelled in two ways: ${odd.map(({ id, name }) => `${name} is ${id}`).join(', ')}`);
  },
});

const notAllDraining = statusCheck({
  id: 'nodes/not-all-draining',
  title: 'some node is not draining',
  why: 'A node that drains answers its ping with 418. When all do, the load balancer has nobody to send requests to.',
  cure: { text: 'Give one back.', commands: ['octo-ha node undrain NODE'] },
  judge({ nodes }) {
    const online = nodes.filter(isThere);
    if (online.length === 0) return skip('no node is online');
    return online.some(({ draining }) => !draining) ? pass() : fail('every node that is online has its drain flag set');
  },
});

const someTakeTasks = statusCheck({
  id: 'nodes/some-take-tasks',
  title: 'some node takes tasks',
  why: 'Without a node whose task cap is above 0 nothing is deployed, and since 2026.1 not even background work is done (issue 9927).',
  cure: {
    text: 'Raise the cap of a node, or end a drain.',
    commands: ['octo-ha node cap NODE N', 'octo-ha node undrain NODE'],
  },
  judge({ nodes, capacity }) {
    const online = nodes.filter(isThere);
    if (online.length === 0) return skip('no node is online');
    // A cluster whose nodes all drain is told by the check for that.
    if (online.every(({ draining }) => draining)) return skip('every node is draining');
    return capacity.total > 0 ? pass({ capacity: capacity.total }) : fail('every node in service has a task cap of 0');
  },
});

export const membershipChecks = [
  heartbeat,
  enough,
  notTooMany,
  stale,
  sameVersion,
  uniqueNames,
  idSpelling,
  notAllDraining,
  someTakeTasks,
] as const;
