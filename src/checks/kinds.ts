import type { Node } from '../cluster/node.js';
import type { Question } from '../database/database.js';
import { Failure, unlessFailure } from '../errors.js';
import type { MachineFacts } from '../operations/probe/machine-facts.js';
import type { Look } from '../operations/read-status.js';
import { DatabaseError } from '../ports/database.js';
import { type CheckId, type ClusterCheck, type Judging, type NodeCheck, skip, unknown, type Verdict } from './check.js';
import type { OwnState, Web, World } from './world.js';

/**
 * Kinds of checks by where their facts come from. Each takes a pure judge, so that its table test needs no server, and
 * does the asking itself.
 */
type Text = Omit<ClusterCheck, 'kind' | 'run'>;

export interface Judge<Facts, More extends unknown[] = []> {
  judge(facts: Facts, ...more: [...More, Judging]): Verdict;
}

const readable = 'database/reachable';

/** From the cluster's tables, as `status` sees them. */
export const statusCheck = <T extends Text & Judge<Look>>(check: T): T & ClusterCheck => ({
  needs: [readable],
  ...check,
  kind: 'cluster',
  async run(world, signal) {
    const look = await world.status(signal);
    return check.judge(look, { limits: world.limits, now: look.at });
  },
});

/** From the cluster's tables, for each node. */
export const nodeCheck = <T extends Text & Judge<Node, [Look]>>(check: T): T & NodeCheck => ({
  needs: [readable],
  ...check,
  kind: 'node',
  from: 'admin',
  async run(world, node, signal) {
    const look = await world.status(signal);
    return check.judge(node, look, { limits: world.limits, now: look.at });
  },
});

/** From octo-ha's own tables. `judge` also gets the world, for fixes. */
export const ownCheck = <T extends Text & Judge<OwnState, [Look, World]>>(check: T): T & ClusterCheck => ({
  needs: ['octo-ha/set-up'],
  ...check,
  kind: 'cluster',
  async run(world, signal) {
    const [own, look] = await Promise.all([world.own(signal), world.status(signal)]);
    return check.judge(own, look, world, { limits: world.limits, now: look.at });
  },
});

/** A statement that only SQL Server can answer. What it needs a right for is skipped without it, by name. */
export const sqlServerCheck = <F, T extends Text & Judge<F>>(
  check: T & { readonly question: Question<F>; readonly right?: string },
): T & ClusterCheck => ({
  needs: [readable],
  ...check,
  kind: 'cluster',
  async run(world, signal) {
    if (world.engine !== 'sql-server') return skip('only SQL Server has this; this cluster is a lab on SQLite');
    return await answered(check.right, async () => {
      const facts = await world.ask(check.question, signal);
      return check.judge(facts, { limits: world.limits, now: new Date(world.clock.now()) });
    });
  },
});

/** A right that is missing, or a statement that this server does not know, is a reason and no finding. */
export async function answered(right: string | undefined, ask: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.details?.['lastsUntilMended'] === true) return skip(`needs ${right ?? 'a right that the login lacks'}`);
    if (error.cause instanceof DatabaseError) return skip(`this server does not answer it: ${error.cause.message}`);
    throw error;
  }
}

/** From the node's own web address, for each node that answers there. */
export const webCheck = <T extends Text & Judge<Web, [Node]>>(check: T): T & NodeCheck => ({
  needs: ['nodes/ping'],
  ...check,
  kind: 'node',
  from: 'admin',
  async run(world, node, signal) {
    const web = await world.web(node, signal);
    if (web === undefined) return skip(`the web address of ${node.name} is not known`);
    return check.judge(web, node, { limits: world.limits, now: new Date(world.clock.now()) });
  },
});

/** From the one probe of a node's machine, for each node whose machine answered. */
export const machineCheck = <T extends Text & Judge<MachineFacts, [Node]>>(
  check: T & { readonly ofMachine?: boolean },
): T & NodeCheck => ({
  needs: ['nodes/machine'],
  ...check,
  kind: 'node',
  from: 'machine',
  async run(world, node, signal) {
    if (check.ofMachine === true && world.engine === 'sqlite') return skip('the machines of a lab are all this one');
    const facts = await world.machine(node, signal);
    if (facts === undefined) return skip(`it is not known how to reach the machine of ${node.name}`);
    return check.judge(facts, node, { limits: world.limits, now: new Date(world.clock.now()) });
  },
});

/** What a machine told, by the node's name. */
export type Machines = ReadonlyMap<string, MachineFacts>;

/** Compares the machines that answered; fewer than two cannot be compared. */
export const machinesCheck = <T extends Text & Judge<Machines>>(check: T): T & ClusterCheck => ({
  needs: ['nodes/machine'],
  ...check,
  kind: 'cluster',
  async run(world, signal) {
    const { nodes } = await world.status(signal);
    const told = await Promise.all(
      nodes
        .filter(({ state }) => state !== 'stale')
        // That a machine cannot be seen is what `nodes/machine` tells.
        .map(async (node) => [node.name, await world.machine(node, signal).catch(unlessFailure(signal))] as const),
    );
    const machines = new Map(told.flatMap(([name, facts]) => (facts === undefined ? [] : [[name, facts] as const])));
    if (machines.size < 2)
      return skip(`${machines.size} of ${told.length} machines could be seen; there is nothing to compare`);
    return check.judge(machines, { limits: world.limits, now: new Date(world.clock.now()) });
  },
});

interface Schema<F> {
  safeParse(value: unknown): { readonly success: true; readonly data: F } | { readonly success: false };
}

/** What stands on Octopus' REST API, which shows its root to everybody, and the rest to whom it knows. */
export const octopusNeeded: readonly CheckId[] = ['cluster/api-answers'];

/** From Octopus' REST API. */
export const octopusCheck = <F, T extends Text & Judge<F>>(
  check: T & { readonly path: string; readonly schema: Schema<F> },
): T & ClusterCheck => ({
  needs: octopusNeeded,
  ...check,
  kind: 'cluster',
  async run(world, signal) {
    const asked = await askOctopus(world, check, signal);
    if ('status' in asked) return asked;
    return check.judge(asked.facts, { limits: world.limits, now: new Date(world.clock.now()) });
  },
});

/** Facts of Octopus' REST API, or why there are none: what a version does not have, or does not answer, is no finding. */
export async function askOctopus<F>(
  { octopus }: Pick<World, 'octopus'>,
  { path, schema }: { readonly path: string; readonly schema: Schema<F> },
  signal: AbortSignal,
): Promise<{ readonly facts: F } | Verdict> {
  if (octopus === undefined) return skip(withoutKey);
  try {
    const parsed = schema.safeParse(await octopus.get(path, signal));
    if (parsed.success) return { facts: parsed.data };
    return unknown(`Octopus answered ${path} in a form that octo-ha does not know`);
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'failed') throw error;
    return skip(error.message);
  }
}

export const withoutKey = 'needs an API key of Octopus Server, and the context names none';
