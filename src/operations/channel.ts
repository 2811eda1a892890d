import type { Node } from '../cluster/node.js';
import type { Effect } from '../database/database.js';
import { deleteNode } from '../database/queries/delete-node.js';
import { setDrainFlag } from '../database/queries/set-drain-flag.js';
import { setTaskCap } from '../database/queries/set-task-cap.js';
import { Failure } from '../errors.js';
import type { ApiChange, OctopusApi } from '../ports/octopus-api.js';
import type { Cluster } from './cluster.js';

/** One change of a node's row: either effects for the batch of the journal, or a call between intent and result. */
export type RowChange =
  | { readonly by: 'database'; readonly effects: readonly Effect[] }
  | { readonly by: 'api'; send(signal: AbortSignal): Promise<Pick<ApiChange, 'changed'>> };

/** How the rows of nodes are changed: through the database, or through Octopus' REST API. */
export interface Channel {
  /** As journal and audit name it. */
  readonly name: RowChange['by'];
  /** Rejects where what answers is another cluster than the database's. */
  mustReach(cluster: { readonly installationId: string | undefined }, signal: AbortSignal): Promise<void>;
  /** Sets or clears the drain flag of one node. */
  drainFlag(node: Pick<Node, 'id'>, draining: boolean): RowChange;
  /** Changes the task cap of one node from the value that was read. */
  taskCap(node: Pick<Node, 'id'>, from: number, to: number): RowChange;
  /** Deletes the rows of a node that is gone. */
  deleteNode(node: Pick<Node, 'id'>): RowChange;
}

const databaseChannel: Channel = {
  name: 'database',
  mustReach: async () => {},
  drainFlag: ({ id }, draining) => ({ by: 'database', effects: [setDrainFlag(id, draining)] }),
  taskCap: ({ id }, from, to) => ({ by: 'database', effects: [setTaskCap(id, from, to)] }),
  deleteNode: ({ id }) => ({ by: 'database', effects: deleteNode(id) }),
};

const apiChannel = (api: OctopusApi): Channel => ({
  name: 'api',
  async mustReach({ installationId }, signal) {
    const root = await api.root(signal);
    if (installationId === undefined || root.installationId.toLowerCase() === installationId.toLowerCase()) return;
    throw new Failure('refused', `${api.url} is another installation than the one whose database this is`, {
      hint: 'Correct api.url or the database in the context file.',
    });
  },
  drainFlag: ({ id }, draining) => ({ by: 'api', send: (signal) => api.setDrainFlag(id, draining, signal) }),
  taskCap: ({ id }, _from, to) => ({ by: 'api', send: (signal) => api.setTaskCap(id, to, signal) }),
  deleteNode: ({ id }) => ({
    by: 'api',
    async send(signal) {
      // It answers with a failure, too, where there is no such node.
      const registered = await api.nodes(signal);
      if (!registered.some((node) => node.id.toLowerCase() === id.toLowerCase())) return { changed: false };
      await api.deleteNode(id, signal);
      return { changed: true };
    },
  }),
});

/** The API where the administrator prefers it, and the database otherwise. */
export async function channelOf(cluster: Pick<Cluster, 'api'>): Promise<Channel> {
  const api = await cluster.api();
  return api?.preferred ? apiChannel(api) : databaseChannel;
}
