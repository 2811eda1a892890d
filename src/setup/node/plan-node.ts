import { isSameService, type MachineAddress } from '../../cluster/machine-address.js';
import { type Node, nodeKey } from '../../cluster/node.js';
import { machineAddresses } from '../../database/queries/machine-addresses.js';
import { nodeAddresses } from '../../database/queries/node-addresses.js';
import { nodeHistory } from '../../database/queries/node-history.js';
import { Failure } from '../../errors.js';
import type { Cluster } from '../../operations/cluster.js';
import { readStatusForChange } from '../../operations/doubtful-nodes.js';
import type { Heard } from '../../operations/guards/index.js';
import type { Machine } from '../../operations/machine/machine.js';
import { serviceText } from '../../operations/machine/node-machine.js';
import { readService } from '../../operations/machine/service-state.js';
import { type Container, type Survey, survey } from '../../operations/machine/survey.js';
import { ping } from '../../operations/ping.js';
import { proposeJoining } from '../../operations/propose.js';
import { isUnfinished, type Look } from '../../operations/read-status.js';
import { type Finding, judgePreflight, versionOfImage } from './preflight.js';
import { expectedId, type WantedNode } from './wanted-node.js';

/** What is to be done so that a node is as it is wanted. */
export type NodePlan = AdoptPlan | JoinPlan;

/** The node is in the cluster already, and is left as it is: where it is, is kept, or known already. */
export interface AdoptPlan {
  readonly kind: 'known' | 'adopt';
  readonly wanted: WantedNode;
  readonly node: Node;
}

/** A node is to be made of a machine. */
export interface JoinPlan {
  readonly kind: 'join';
  readonly wanted: WantedNode;
  readonly findings: readonly Finding[];
  readonly heard: Heard;
  readonly hasInstance: boolean;
  /** Versions that the nodes in service run. */
  readonly versions: readonly string[];
  /** What is installed on the machine. */
  readonly version: string | undefined;
}

export interface Surroundings {
  readonly cluster: Cluster;
  readonly look: Look;
  readonly addresses: ReadonlyMap<string, MachineAddress>;
  readonly urls: ReadonlyMap<string, string>;
  readonly overrides: readonly string[];
  /** Where the database is, as `HOST/PORT`, where a node can be asked whether it reaches it. */
  readonly database: string | undefined;
}

/** The cluster as it is, read once for however many nodes. */
export async function surroundings(
  cluster: Cluster,
  more: Pick<Surroundings, 'overrides' | 'database'>,
  signal: AbortSignal,
): Promise<Surroundings> {
  const look = await readStatusForChange(cluster, signal);
  const [addresses, urls] = await cluster.database.ask([machineAddresses, nodeAddresses], signal);
  return { cluster, look, addresses, urls, ...more };
}

/** The machine of a node, which the cluster need not know yet. */
export async function machineOf(cluster: Cluster, { name, address }: WantedNode): Promise<Machine> {
  return {
    name: `the machine of ${name}`,
    shell: await cluster.shellOn(name, address),
    clock: cluster.clock,
    service: { manager: address.manager, name: address.service },
  };
}

/** Logs in and looks, and decides. Rejects with every reason why not. Changes nothing. */
export async function planNode(around: Surroundings, wanted: WantedNode, signal: AbortSignal): Promise<NodePlan> {
  const { cluster, look, addresses, urls } = around;
  const node = look.nodes.find(({ name }) => name.toLowerCase() === wanted.name.toLowerCase());
  if (node === undefined || isUnfinished(look, 'add', wanted)) return await planJoin(around, wanted, node, signal);
  const known = addresses.get(nodeKey(node.id));
  const isKnown = isSameAddress(known, wanted.address) && urls.get(nodeKey(node.id)) === wanted.url;
  if (isKnown) return { kind: 'known', wanted, node };
  const machine = await machineOf(cluster, wanted);
  await mustBeItsMachine(cluster, machine, node, wanted, signal);
  return { kind: 'adopt', wanted: pinned(wanted, machine), node };
}

/** With the host key that its machine has shown, which was trusted here: from now on it counts for every administrator. */
function pinned(wanted: WantedNode, { shell }: Machine): WantedNode {
  const shown = shell.hostKey?.();
  const { address } = wanted;
  if (shown === undefined || address.hostKeys.length > 0) return wanted;
  return { ...wanted, address: { ...address, hostKeys: [shown] } };
}

async function planJoin(
  { cluster, look, addresses, urls, overrides, database }: Surroundings,
  wanted: WantedNode,
  row: Node | undefined,
  signal: AbortSignal,
): Promise<JoinPlan> {
  const { name, address } = wanted;
  const id = row?.id ?? expectedId(name);
  const ofOthers = <T>(map: ReadonlyMap<string, T>) =>
    [...map].flatMap(([key, one]) => (key === nodeKey(id) ? [] : [one]));
  const twin = look.nodes.find((node) => node.id !== row?.id && isServiceOf(node, addresses, address));
  if (twin !== undefined) throw isMember(twin, wanted);
  const machine = await machineOf(cluster, wanted);
  const targets = [...(database === undefined ? [] : [database]), ...ofOthers(urls).flatMap(targetOf)];
  const found = await survey(machine, cluster.octopusServerOn(name), targets, signal);
  const running = look.nodes.filter(
    (node) => (node.state === 'running' || node.state === 'ui-only') && node.id !== row?.id,
  );
  const versions = [...new Set(running.flatMap(({ version }) => version ?? []))];
  const { container } = found;
  if (container !== undefined && container.status === undefined) throw noContainer(wanted, container, versions);
  const findings = judgePreflight({
    ...{ name, manager: address.manager, survey: found, versions, database },
    others: ofOthers(addresses).map(({ manager }) => manager),
  });
  refuse(findings, wanted);
  const hasInstance = container === undefined && instanceIn(found, address.instance);
  const [history] = await cluster.database.ask([nodeHistory(id)], signal);
  const isOurs = isUnfinished(look, 'add', { name }) || history.some(({ action }) => action === 'create-instance');
  if (hasInstance && !isOurs) throw foreignInstance(wanted);
  const heard = proposeJoining(look, { name, licence: await licenceOf(cluster, signal) }, overrides);
  return {
    kind: 'join',
    wanted: pinned(wanted, machine),
    findings,
    heard,
    hasInstance,
    versions,
    version: found.version ?? versionOfImage(container?.image ?? ''),
  };
}

const instanceIn = ({ instances }: Survey, wanted: string): boolean =>
  instances?.some((name) => name.toLowerCase() === wanted.toLowerCase()) === true;

const isSameAddress = (one: WantedNode['address'] | undefined, other: WantedNode['address']): boolean =>
  one !== undefined &&
  one.host === other.host &&
  one.port === other.port &&
  one.manager === other.manager &&
  one.service === other.service &&
  one.instance === other.instance &&
  other.hostKeys.every((key) => one.hostKeys.includes(key));

/** A node that is in the cluster already is adopted as it stands; its machine has to know its service. */
async function mustBeItsMachine(
  cluster: Cluster,
  machine: Machine,
  row: Node,
  { address, url }: WantedNode,
  signal: AbortSignal,
): Promise<void> {
  const { state } = await readService(machine, signal);
  if (state === 'missing') {
    throw new Failure(
      'usage',
      `${row.name} is in the cluster, and ${address.host} knows no service ${address.service}`,
      {
        hint: 'Name the service with --service, or choose another name for a new node with --name.',
      },
    );
  }
  const answer = await ping(cluster, row, url, signal);
  if (answer.kind !== 'unclear') return;
  throw new Failure('refused', `${url} is not ${row.name}: ${answer.why}`, {
    hint: "Give the node's own address, not the load balancer's: --url URL",
  });
}

function refuse(findings: readonly Finding[], { name, address }: WantedNode): void {
  const failed = findings.filter(({ status }) => status === 'fail');
  if (failed.length === 0) return;
  const reasons = failed.map(({ title, says }) => `  ${title}: ${says}`);
  throw new Failure('refused', [`${address.host} cannot become the node ${name} as it is`, ...reasons].join('\n'), {
    hint: 'Mend that, and run the same command again.',
    details: { findings },
  });
}

/** What a container is told, whoever makes it decides: its image, its volumes and its network are nobody's to guess. */
function noContainer({ name, address }: WantedNode, { complaint }: Container, versions: readonly string[]): Failure {
  const { host, service } = address;
  const [version = 'VERSION'] = versions;
  return new Failure('usage', `${host} has no container ${service} that could become the node ${name}: ${complaint}`, {
    hint: [
      'octo-ha makes no containers. Make it with the volumes and ports of the other nodes, and leave the start to octo-ha:',
      `  docker create --name ${service} --env OCTOPUS_SERVER_NODE_NAME=${name} --env TASK_CAP=0 --env ACCEPT_EULA=Y \\`,
      `    --env MASTER_KEY --env DB_CONNECTION_STRING … octopusdeploy/octopusdeploy:${version}`,
      'Docker takes MASTER_KEY and DB_CONNECTION_STRING from your own environment. Then run the same command again.',
      'https://octopus.com/docs/installation/octopus-server-linux-container',
    ].join('\n'),
  });
}

function isServiceOf(node: Node, addresses: Surroundings['addresses'], address: WantedNode['address']): boolean {
  const known = addresses.get(nodeKey(node.id));
  return known !== undefined && isSameService(known, address);
}

const isMember = (node: Node, { name, address }: WantedNode): Failure =>
  new Failure(
    'refused',
    `${serviceText(address)} is the node ${node.name} already, and cannot become ${name} as well`,
    {
      hint: `See it with: octo-ha node show ${node.name}\nWhere that is wrong: octo-ha node set ${node.name} --host HOST --service NAME`,
    },
  );

const foreignInstance = ({ name, address: { host, instance } }: WantedNode): Failure =>
  new Failure(
    'refused',
    `${host} has an instance ${instance} that octo-ha has not made, and the cluster has no node ${name}`,
    {
      hint:
        'If it is a node of this cluster, give the name that it has there: --name NAME (octo-ha node list shows them).\n' +
        'If it is a server of its own, with its data in local folders: octo-ha init --step storage prints how it becomes one of a cluster.',
    },
  );

async function licenceOf(cluster: Cluster, signal: AbortSignal) {
  const api = await cluster.api();
  if (api === undefined) return 'no API key is configured';
  try {
    return await api.licenceStatus(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    return error.message;
  }
}

function targetOf(url: string): readonly string[] {
  if (!URL.canParse(url)) return [];
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return /^[A-Za-z0-9._:-]+$/.test(host) ? [`${host}/${port || (protocol === 'https:' ? 443 : 80)}`] : [];
}
