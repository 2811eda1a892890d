import { counted } from '../cluster/counted.js';
import { nodeHistories } from '../database/queries/node-history.js';
import { Failure } from '../errors.js';
import type { Cluster } from '../operations/cluster.js';
import { type Look, readStatus } from '../operations/read-status.js';
import { suspendedOf } from '../operations/suspended.js';

/**
 * Rejects where octo-ha has left something in the cluster that only its own tables know of: an operation that is not
 * finished, a node that is held or stopped. Each is named with the command that ends it.
 */
export async function mustBeAtRest(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const look = await readStatus(cluster, signal);
  if (look.unfinished.length > 0) throw unfinished(look);
  const [histories] = await cluster.database.ask([nodeHistories], signal);
  const ways = look.nodes.flatMap(({ id, name, draining, hold }) => {
    const { startType, watchdog, stoppedBy, drainedBy } = suspendedOf(histories.get(id) ?? []);
    if (startType !== undefined || watchdog.length > 0 || stoppedBy !== undefined) {
      return [`${name}, which octo-ha has stopped: octo-ha node start ${name}`];
    }
    if (!draining || (hold === null && drainedBy === undefined)) return [];
    return [`${name}${hold === null ? '' : `, held by ${hold.who} (${hold.why})`}: octo-ha node undrain ${name}`];
  });
  if (ways.length === 0) return;
  throw new Failure(
    'refused',
    `octo-ha keeps ${counted(ways.length, 'node')} out of service, and only its tables say so`,
    { hint: ['Put back first:', ...ways].join('\n') },
  );
}

function unfinished({ unfinished: operations }: Look): Failure {
  const [first] = operations;
  return new Failure(
    'busy',
    `${counted(operations.length, 'operation')} ${operations.length === 1 ? 'is' : 'are'} not finished, and only octo-ha's tables say what is left to do`,
    {
      hint: operations
        .map(
          ({ id, kind, nodes, who }) =>
            `${kind} ${nodes.join(', ')} of ${who}: octo-ha operation resume ${id}, or octo-ha operation abort ${id}`,
        )
        .join('\n'),
      ...(first === undefined ? {} : { details: { operation: first.id } }),
    },
  );
}
