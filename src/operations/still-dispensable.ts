import type { Node } from '../cluster/node.js';
import { Failure } from '../errors.js';
import type { Cluster } from './cluster.js';
import { readStatusForChange } from './doubtful-nodes.js';
import { mayServe } from './guards/guard.js';
import type { Running } from './journal/running.js';
import { drained, propose } from './propose.js';

interface Stopping {
  readonly cluster: Cluster;
  readonly running: Running;
  readonly node: Node;
}

/** Guards that judge by what the other nodes do. */
const aboutOthers: ReadonlySet<unknown> = new Set(['last-task-node', 'last-web-node', 'capacity']);

/**
 * Before a machine is touched: somebody may have taken another node away since this one was planned. Rejects as
 * *partial* where the guards would refuse now, and names those that are out.
 */
export async function mustNotBeNeeded(
  { cluster, running, node }: Stopping,
  overrides: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const look = await readStatusForChange(cluster, signal);
  // Judged as before the operation took it out itself; where it was out by somebody else, it takes nothing away.
  const isOurs = running.came(node, 'drain') !== undefined;
  const before: Node = isOurs ? { ...node, draining: false, state: node.taskCap > 0 ? 'running' : 'ui-only' } : node;
  const nodes = look.nodes.map((one) => (one.id === node.id ? before : one));
  try {
    propose({ ...look, nodes }, before, drained(before), overrides);
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'refused') throw error;
    const refusing = error.details?.['guards'];
    if (!Array.isArray(refusing) || !refusing.some((id) => aboutOthers.has(id))) return;
    const out = look.nodes.filter((one) => one.id !== node.id && !mayServe(one)).map(described);
    throw new Failure('partial', `${[...out, `${node.name} is not stopped`].join('; ')}: ${error.message}`, {
      hint: `When another node serves again, go on with: octo-ha operation resume ${running.id}`,
      details: { guards: refusing },
    });
  }
}

const described = ({ name, state, hold }: Node): string =>
  `${name} is ${state}${hold === null ? '' : `, held by ${hold.who} (${hold.why})`}`;
