import type { Node } from '../../cluster/node.js';
import { Failure } from '../../errors.js';
import { fail, type NodeCheck, pass, skip, type Verdict } from '../check.js';
import type { World } from '../world.js';

/** Host and port of a web address. */
export function endpointOf(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port, protocol } = new URL(url);
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  };
}

/** That something cannot be reached is what these checks are about. */
export async function reaching(look: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Failure && error.kind === 'unreachable') return fail(error.message);
    throw error;
  }
}

type Look = (
  world: World,
  where: { readonly host: string; readonly port: number },
  signal: AbortSignal,
) => Promise<Verdict>;

const atNode = (check: Omit<NodeCheck, 'kind' | 'from' | 'run'> & { look: Look }): NodeCheck => ({
  ...check,
  kind: 'node',
  from: 'admin',
  async run(world: World, node: Node, signal: AbortSignal) {
    const url = await world.webAddress(node, signal);
    if (url === undefined) return skip(`the web address of ${node.name} is not known`);
    if (!URL.canParse(url)) return fail(`${url} is no web address`);
    return await reaching(() => check.look(world, endpointOf(url), signal));
  },
});

const name = atNode({
  id: 'network/name-resolves',
  title: "the node's name can be resolved",
  why: 'The balancer, Tentacles and administrators reach a node by its name.',
  cure: {
    text: "Add the name to DNS, or correct the node's web address.",
    commands: ['octo-ha node set NODE --url URL'],
  },
  needs: ['nodes/heartbeat'],
  async look({ network }, { host }, signal) {
    return pass({ host, addresses: await network.lookup(host, signal) });
  },
});

const webPort = atNode({
  id: 'network/web-port',
  title: "the node's web port is open",
  why: "Portal, API and the balancer's ping come in there: 80 or 443, in a container 8080.",
  cure: {
    text: 'See whether Octopus Server runs, and what firewalls stand between.',
    commands: ['octo-ha node show NODE'],
  },
  needs: ['network/name-resolves'],
  async look({ network }, { host, port }, signal) {
    await network.connect(host, port, signal);
    return pass({ host, port });
  },
});

export const networkWebChecks = [name, webPort] as const;
