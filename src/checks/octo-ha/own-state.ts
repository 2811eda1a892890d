import { formatDuration } from '../../cluster/duration.js';
import { nodeKey } from '../../cluster/node.js';
import { isUnfinished } from '../../cluster/operation.js';
import { settingNames } from '../../cluster/setting-names.js';
import { endHold } from '../../database/queries/holds.js';
import { giveBackLease } from '../../database/queries/lease.js';
import type { Look } from '../../operations/read-status.js';
import { type ClusterCheck, type Fix, fail, pass, skip, type Verdict, warn } from '../check.js';
import { ownCheck, statusCheck } from '../kinds.js';
import { ours } from '../limits.js';
import type { OwnState } from '../world.js';

const setUp: ClusterCheck = {
  kind: 'cluster',
  id: 'octo-ha/set-up',
  title: "octo-ha's own tables are there",
  why: 'Journal, lease, holds and addresses are kept in them. Looking works without; drains, restarts and history do not.',
  cure: { text: 'Create them.', commands: ['octo-ha database migrate'] },
  needs: ['database/reachable'],
  async run(world, signal) {
    const { schema } = await world.own(signal);
    if (schema === null) return skip('not set up: octo-ha has no tables in this cluster (octo-ha database migrate)');
    return pass({ schema: schema.number });
  },
};

/** A remedy that writes is offered only where this octo-ha may write, and the tables belong to this cluster. */
function fixable({ schema, newestSchema, pin }: OwnState, { cluster }: Look, fix: Fix): { readonly fix?: Fix } {
  const mayWrite = (schema?.minimumWriter ?? 0) <= newestSchema;
  const isOurs = pin?.database.toLowerCase() === cluster.database.toLowerCase();
  return mayWrite && isOurs ? { fix } : {};
}

const upToDate = ownCheck({
  id: 'octo-ha/up-to-date',
  title: "octo-ha's tables and this octo-ha fit together",
  why: 'An older octo-ha reads newer tables but must not write them; older tables lack what a newer octo-ha keeps.',
  cure: { text: 'Complete the tables, or update octo-ha on this machine.', commands: ['octo-ha database migrate'] },
  judge({ schema, newestSchema }): Verdict {
    const number = schema?.number ?? 0;
    const evidence = { tables: number, thisVersion: newestSchema };
    if ((schema?.minimumWriter ?? 0) > newestSchema) {
      return fail(`the tables are at ${number}, and this octo-ha, at ${newestSchema}, may only read them`, {
        evidence,
      });
    }
    return number < newestSchema
      ? warn(`the tables are at ${number}, and this octo-ha knows ${newestSchema}`, { evidence })
      : pass(evidence);
  },
});

const identity: ClusterCheck & { judge(pinned: string, found: string): Verdict } = {
  kind: 'cluster',
  id: 'octo-ha/identity',
  title: "octo-ha's tables belong to this database",
  why: 'After a restore or a clone they speak of another cluster: its addresses, its lease, its unfinished operations.',
  cure: {
    text: 'Say what has happened to the database.',
    commands: ['octo-ha database adopt --moved', 'octo-ha database adopt --clone'],
  },
  needs: ['octo-ha/set-up'],
  async run(world, signal) {
    const [{ pin }, { database, foreign }] = await Promise.all([world.own(signal), world.catalogue(signal)]);
    if (foreign !== undefined) return fail(`the tables belong to ${foreign}, and this is ${database}`);
    if (pin === null) return skip('the tables do not say which database they belong to');
    return this.judge(pin.database, database);
  },
  judge: (pinned, found) =>
    pinned.toLowerCase() === found.toLowerCase()
      ? pass({ database: found })
      : fail(`the tables belong to ${pinned}, and this is ${found}`, { evidence: { pinned, found } }),
};

const drainExplained = statusCheck({
  id: 'octo-ha/drain-explained',
  title: 'every drained node is held by somebody',
  why: 'A flag that was set outside octo-ha, for patches last week perhaps, keeps a node out of service until somebody remembers.',
  cure: {
    text: 'Give the node back, or say who holds it and why.',
    commands: ['octo-ha node undrain NODE', 'octo-ha node drain NODE --reason TEXT'],
  },
  judge({ nodes, unfinished }): Verdict {
    const inHand = new Set(unfinished.filter(({ kind }) => kind !== 'cap').flatMap((operation) => operation.nodes));
    const loose = nodes.filter(
      ({ draining, hold, name, state }) => draining && hold === null && state !== 'stale' && !inHand.has(name),
    );
    if (loose.length === 0) return pass();
    const names = loose.map(({ name }) => name);
    return warn(`draining, and nobody says why: ${names.join(', ')}`, { evidence: { nodes: names } });
  },
});

const holdOverdue = statusCheck({
  id: 'octo-ha/hold-overdue',
  title: 'no hold is forgotten',
  why: 'A node that was taken out for an hour and is still out the next day is capacity that nobody misses until it is needed.',
  cure: {
    text: 'Give it back, or agree on a new time with whoever holds it.',
    commands: ['octo-ha node undrain NODE'],
  },
  judge({ nodes }, { limits, now }): Verdict {
    const late = nodes.flatMap(({ name, hold }) => {
      if (hold === null) return [];
      const over =
        hold.until === null
          ? now.getTime() - hold.since.getTime() - limits.holdAge
          : now.getTime() - hold.until.getTime();
      if (over <= 0) return [];
      const words =
        hold.until === null
          ? `for ${formatDuration(now.getTime() - hold.since.getTime())} ${ours(limits, 'holdAge')}`
          : `${formatDuration(over)} longer than expected`;
      return [`${name} is held by ${hold.who} (${hold.why}) ${words}`];
    });
    return late.length === 0 ? pass() : warn(late.join('; '));
  },
});

const holdOrphaned = ownCheck({
  id: 'octo-ha/hold-orphaned',
  title: 'every hold is on a node that drains',
  why: 'A hold left behind, by a decommission or an undrain outside octo-ha, would explain the next drain wrongly.',
  cure: { text: 'End it.', commands: ['octo-ha doctor octo-ha/hold-orphaned --fix'] },
  judge(own, look, { database }): Verdict {
    const { holds } = own;
    const { nodes, unfinished } = look;
    const busy = new Set(unfinished.flatMap((operation) => operation.nodes));
    const orphaned = [...holds.keys()].filter((id) => {
      const node = nodes.find((one) => one.id === id);
      return node === undefined || (!node.draining && !busy.has(node.name));
    });
    if (orphaned.length === 0) return pass();
    const names = orphaned.join(', ');
    return warn(`held, and not draining or not registered: ${names}`, {
      evidence: { nodes: orphaned },
      ...fixable(own, look, {
        does: `end the hold of ${names}`,
        apply: async (signal) => void (await database.change(orphaned.map(endHold), signal)),
      }),
    });
  },
});

const leaseOrphaned = ownCheck({
  id: 'octo-ha/lease-orphaned',
  title: 'no lease is left behind',
  why: 'A process that was killed leaves its lease; it expires by itself, and the next command says so. Its operation is unfinished.',
  cure: { text: 'Resume or abort its operation.', commands: ['octo-ha operation list', 'octo-ha operation resume'] },
  judge(own, look, { database }, { now }): Verdict {
    const { lease } = own;
    if (lease === null || lease.holder === '') return pass();
    if (lease.expires > now) return pass({ holder: lease.who, operation: lease.operationId });
    const { token, who, operationId, expires } = lease;
    const since = formatDuration(now.getTime() - expires.getTime());
    const problem = `the lease of ${who}${operationId === null ? '' : ` for ${operationId}`} has expired ${since} ago`;
    // While its operation is unfinished the lease says whose it was.
    if (operationId !== null) return warn(problem, { evidence: { who, operation: operationId } });
    return warn(problem, {
      evidence: { who },
      ...fixable(own, look, {
        does: `give back the lease of ${who}`,
        apply: async (signal) => void (await database.change([giveBackLease(token)], signal)),
      }),
    });
  },
});

const unfinishedOperation = statusCheck({
  id: 'octo-ha/unfinished-operation',
  title: 'no operation is unfinished',
  why: 'An operation that was interrupted stands half done: a node drained but not restarted, or a flag that nobody takes back.',
  cure: {
    text: 'Go on with it, or give it up.',
    commands: ['octo-ha operation show ID', 'octo-ha operation resume ID', 'octo-ha operation abort ID'],
  },
  judge({ unfinished }, { limits, now }): Verdict {
    const old = unfinished
      .filter(isUnfinished)
      .filter(
        ({ state, started }) => state === 'interrupted' || now.getTime() - started.getTime() > limits.operationAge,
      );
    if (old.length === 0) return pass({ underWay: unfinished.length });
    const words = old.map(({ id, kind, nodes, who, state, started }) => {
      const what = `${id} (${kind} ${nodes.join(', ')} by ${who}) is ${state}`;
      if (state === 'interrupted') return what;
      return `${what} for ${formatDuration(now.getTime() - started.getTime())} ${ours(limits, 'operationAge')}`;
    });
    return warn(words.join('; '), {
      evidence: { operations: old.map(({ id }) => id) },
    });
  },
});

const stopRequested = ownCheck({
  id: 'octo-ha/stop-requested',
  title: 'nobody asks a running operation to stop',
  why: 'A takeover posts its request and waits; one whose asker is gone is a surprise for the owner.',
  cure: { text: 'See who asks, and whether the operation ends.', commands: ['octo-ha operation list'] },
  judge({ lease }): Verdict {
    if (lease === null || lease.holder === '' || lease.stopRequested === null) return pass();
    return warn(`${lease.who} is asked to stop ${lease.operationId ?? ''}: ${lease.stopRequested}`);
  },
});

const webAddresses = ownCheck({
  id: 'octo-ha/web-addresses',
  title: "every node's web address is known",
  why: "Without it a node's ping cannot be asked: drains take longer and end *not confirmed by the node*.",
  cure: {
    text: 'Keep it with the cluster, or name a pattern as nodeUrl in the context.',
    commands: ['octo-ha node set NODE --url https://NODE.example.com'],
  },
  needs: ['database/reachable'],
  judge(_own, { nodes }, { hasNodePattern }): Verdict {
    if (hasNodePattern) return pass();
    const lacking = nodes
      .filter((node) => node.state !== 'stale' && !_own.webAddresses.has(nodeKey(node.id)))
      .map(({ name }) => name);
    return lacking.length === 0 ? pass() : warn(`not known: ${lacking.join(', ')}`, { evidence: { nodes: lacking } });
  },
});

const addressesOfTheGone = ownCheck({
  id: 'octo-ha/addresses-of-the-gone',
  title: 'no address is kept of a node that is gone',
  why: 'A later node of the same name would be looked for where the old one was.',
  cure: { text: 'Nothing is lost with them; node set replaces an address.' },
  judge({ webAddresses, machineAddresses }, { nodes }): Verdict {
    const known = new Set(nodes.map(({ id }) => nodeKey(id)));
    const gone = [...new Set([...webAddresses.keys(), ...machineAddresses.keys()])].filter((key) => !known.has(key));
    return gone.length === 0
      ? pass()
      : warn(`addresses of ${gone.join(', ')}, not registered`, { evidence: { nodes: gone } });
  },
});

const balancerTimes = ownCheck({
  id: 'octo-ha/balancer-times',
  title: "the load balancer's times are known",
  why: 'A service is stopped only once the balancer has noticed the drain. Without lb.outAfter octo-ha waits its default of 60 s, which may be too short.',
  cure: {
    text: 'Render the configuration of the balancer with octo-ha, which keeps its times.',
    commands: ['octo-ha lb render'],
  },
  judge({ settings }): Verdict {
    const lacking = [settingNames.balancerOutAfter, settingNames.balancerInAfter].filter(
      (name) => !(Number(settings.get(name)) > 0),
    );
    return lacking.length === 0
      ? pass()
      : warn(`${lacking.join(' and ')} not kept with the cluster; octo-ha waits 60s`);
  },
});

export const ownStateChecks = [
  setUp,
  upToDate,
  identity,
  drainExplained,
  holdOverdue,
  holdOrphaned,
  leaseOrphaned,
  unfinishedOperation,
  stopRequested,
  webAddresses,
  addressesOfTheGone,
  balancerTimes,
] as const;
