import type { Outcome } from '../../checks/outcome.js';
import { type Node, nodeKey } from '../../cluster/node.js';
import { Failure } from '../../errors.js';
import { describeNode } from '../../operations/describe-machine.js';
import type { LostStep } from '../../operations/journal/run-operation.js';
import { diagnose } from '../../setup/diagnose.js';
import { joinNode } from '../../setup/node/join-node.js';
import { type NodePlan, planNode, type Surroundings, surroundings } from '../../setup/node/plan-node.js';
import type { JoinSecrets, WantedNode } from '../../setup/node/wanted-node.js';
import type { Context } from '../context.js';
import { observing } from '../observing.js';
import { operating } from '../operating.js';
import { type JoinPlaces, nodeConnection } from './join-secrets.js';

/** Plans a node; a host key that nobody here knows is shown, and asked for. */
export async function planAdding(around: Surroundings, wanted: WantedNode, context: Context): Promise<NodePlan> {
  const { signal } = context;
  try {
    return await planNode(around, wanted, signal);
  } catch (error) {
    const key = unknownKey(error);
    if (key === undefined) throw error;
    await acceptKey(wanted, key, error as Failure, context);
    const { address } = wanted;
    const known = { ...wanted, address: { ...address, hostKeys: [...address.hostKeys, key] } };
    return await planNode(around, known, signal);
  }
}

/** The cluster as nodes are added to it. */
export async function aroundAdded(places: JoinPlaces, context: Context): Promise<Surroundings> {
  const { place } = await nodeConnection(places, context);
  const { globals, signal } = context;
  return await surroundings(await context.cluster(), { overrides: globals.override, database: place }, signal);
}

/** The key that a host has shown and that nobody here knows. */
function unknownKey(error: unknown): string | undefined {
  if (!(error instanceof Failure)) return undefined;
  const shown = error.details?.['hostKey'] as { verdict?: unknown; type?: unknown; fingerprint?: unknown } | undefined;
  return shown?.verdict === 'unknown' ? `${String(shown.type)} ${String(shown.fingerprint)}` : undefined;
}

async function acceptKey(
  { address: { host } }: WantedNode,
  key: string,
  { message, details, cause }: Failure,
  { terminal, signal, globals }: Context,
): Promise<void> {
  if (!terminal.interactive || globals.dryRun) {
    const hint = `Compare it with the machine's own, and accept it with: --host-key '${key}'`;
    throw new Failure('refused', message, { hint, cause, ...(details === undefined ? {} : { details }) });
  }
  terminal.say(`${host} shows a host key that is not known here:`);
  terminal.say(`  ${key}`);
  terminal.say("Compare it with the machine's own: ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub");
  if (await terminal.confirm('Is it the same, and to be kept with the cluster?', signal)) return;
  throw new Failure('refused', `the host key of ${host} was not accepted; nothing was changed`);
}

export interface Added {
  readonly node: string;
  readonly did: 'nothing' | 'adopted' | 'joined';
  readonly operation: string | null;
}

/** Does what was planned. `secrets` are asked for where a node is to be made only. */
export async function addPlanned(
  plan: NodePlan,
  secrets: () => Promise<JoinSecrets>,
  { serviceTimeout, lost }: { readonly serviceTimeout: number; readonly lost?: LostStep | undefined },
  context: Context,
): Promise<Added> {
  const { signal, terminal } = context;
  const { wanted } = plan;
  if (plan.kind === 'known') return { node: wanted.name, did: 'nothing', operation: null };
  const operates = await operating(context);
  if (plan.kind !== 'join') {
    const place = { url: wanted.url, machine: wanted.address };
    const { operation } = await describeNode(operates, plan.node, place, signal);
    return { node: plan.node.name, did: 'adopted', operation };
  }
  const tell = (line: string) => terminal.say(`${wanted.name}: ${line}`);
  const look = (node: Node, within: AbortSignal) => checksOn(node, wanted, context, within);
  const going = lost === undefined ? operates : { ...operates, lost };
  const told = wanted.address.manager === 'docker' ? undefined : await secrets();
  const { operation } = await joinNode(going, plan, told, { serviceTimeout, look }, tell, signal);
  return { node: wanted.name, did: 'joined', operation };
}

/** Milliseconds for one check. */
const deadline = 20_000;

/** What the checks of doctor see on the machine of a node that is being made; where it is, is not kept yet. */
async function checksOn(
  node: Node,
  { address }: WantedNode,
  context: Context,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const { checks } = await import('../../checks/index.js');
  const looking = { deadline, probing: false, machines: new Map([[nodeKey(node.id), address]]) };
  await using worlds = await observing(context, looking);
  const onMachine = checks.filter((check) => check.kind === 'node' && check.from === 'machine');
  return await diagnose(worlds.fresh(), {
    ...{ selection: { asked: onMachine, run: onMachine }, known: checks, from: [node.name], required: [] },
    ...{ suppressions: undefined, jobs: 128, deadline, clock: context.clock, signal },
  });
}
