import type { StorageFacts } from '../checks/storage/facts.js';
import { proofWithin, visitWithin } from '../checks/storage/kinds.js';
import { lookAtStorage } from '../checks/storage/look-at-storage.js';
import type { StorageNode } from '../checks/storage/nodes/ask-node.js';
import { proveShared, type SharedProof } from '../checks/storage/nodes/prove-shared.js';
import { lookForTaskLogs, type TaskLogs } from '../checks/storage/task-logs.js';
import type { World } from '../checks/world.js';
import { nodeKey } from '../cluster/node.js';
import { settingNames } from '../cluster/setting-names.js';
import type { StorageLocation } from '../cluster/storage-location.js';
import type { Cluster } from '../operations/cluster.js';
import type { Network } from '../ports/network.js';
import type { Share } from '../ports/share.js';

/** What is known of the shared folder besides what the cluster keeps. */
export interface StorageSight {
  /** As this machine finds it; `undefined` where nobody said. */
  readonly place: { readonly location: StorageLocation; open(): Promise<Share> } | undefined;
  /** As the nodes find it, where the cluster does not keep that yet. */
  readonly nodePath: string | undefined;
  readonly probing: boolean;
  /** A word that nobody else has, of letters, digits and `-`. */
  readonly newId: () => string;
  /** Of the account that Octopus Server runs under on Windows, where it is neither one of the system's nor managed. */
  servicePassword(): Promise<string | undefined>;
}

type Once = <T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  milliseconds: number,
) => Promise<T>;

interface Seeing {
  readonly cluster: Cluster;
  readonly network: Network;
  readonly sight: StorageSight;
  readonly world: Pick<World, 'status' | 'own'>;
  readonly once: Once;
}

/** Looks at the shared folder, from here and from the nodes; each once. What is written is removed before it is closed. */
export function storageSeen({
  cluster,
  network,
  sight: { place, nodePath, probing, newId, servicePassword },
  world,
  once,
}: Seeing): Pick<World, 'storage' | 'taskLogs' | 'sharedProof' | 'probing'> & AsyncDisposable {
  const { database, clock } = cluster;
  const cleaning: Promise<unknown>[] = [];
  let opened: Promise<Share> | undefined;
  const share = (): Promise<Share> => {
    opened ??= place?.open() ?? Promise.reject(new Error('nobody said where the folder is'));
    return opened;
  };
  const cleanedUp = <T>(work: Promise<T>): Promise<T> => {
    cleaning.push(work);
    return work;
  };

  const storage = async (signal: AbortSignal): Promise<StorageFacts | undefined> => {
    if (place === undefined) return undefined;
    const { location } = place;
    const visit = async (within: AbortSignal) =>
      lookAtStorage({ location, network, clock, newId, probing, share: await share() }, within);
    return await once('storage', (within) => cleanedUp(visit(within)), signal, visitWithin);
  };

  return {
    probing,
    storage,
    async taskLogs(signal): Promise<TaskLogs | undefined> {
      // One after the other: a share answers one call at a time.
      if ((await storage(signal)) === undefined) return undefined;
      const look = async (within: AbortSignal) => lookForTaskLogs(database, await share(), within);
      return await once('task logs', (within) => cleanedUp(look(within)), signal, visitWithin);
    },
    sharedProof: (signal) => once('shared proof', (within) => cleanedUp(prove(within)), signal, proofWithin),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(cleaning);
      if (opened !== undefined) await (await opened.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
  };

  async function prove(signal: AbortSignal): Promise<SharedProof | { readonly because: string }> {
    const { settings, machineAddresses } = await world.own(signal);
    const path = nodePath ?? settings.get(settingNames.storagePath);
    if (path === undefined)
      return { because: 'where the nodes find the shared folder is not known (octo-ha init keeps it)' };
    const nodes = (await world.status(signal)).nodes.filter(({ state }) => state !== 'stale');
    if (!nodes.some(({ id }) => machineAddresses.has(nodeKey(id)))) {
      return { because: 'it is not known how to reach the machine of any node (octo-ha node set)' };
    }
    const password = await servicePassword();
    const asked = nodes.map(async ({ id, name }): Promise<StorageNode> => {
      const address = machineAddresses.get(nodeKey(id));
      if (address === undefined) return { name, shell: undefined, language: 'sh', path };
      const { manager, service } = address;
      const shell = await cluster.shellOn(name, address);
      const language = manager === 'windows' ? 'powershell' : 'sh';
      return { name, shell, language, path, service: { manager, name: service }, password };
    });
    return await proveShared({ nodes: await Promise.all(asked), clock, newId }, signal);
  }
}
