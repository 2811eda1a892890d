import * as z from 'zod/mini';
import type { Declared } from '../checks/declared.js';
import type { Limits } from '../checks/limits.js';
import { targetsOf } from '../checks/network/machine.js';
import { lateHint } from '../checks/run-checks.js';
import { foldersPath, serverFolders, sharedFoldersIn } from '../checks/storage/octopus.js';
import { pollingPort } from '../checks/tentacles/octopus.js';
import type { OctopusApi, Web, World } from '../checks/world.js';
import { formatDuration } from '../cluster/duration.js';
import { parseJson } from '../cluster/json.js';
import type { MachineAddress } from '../cluster/machine-address.js';
import { type Node, nodeKey } from '../cluster/node.js';
import { settingNames } from '../cluster/setting-names.js';
import type { Question } from '../database/database.js';
import { newestSchema } from '../database/migrations/index.js';
import { clusterPin } from '../database/queries/cluster-pin.js';
import { holds } from '../database/queries/holds.js';
import { leaseRow } from '../database/queries/lease.js';
import { machineAddresses } from '../database/queries/machine-addresses.js';
import { nodeAddresses } from '../database/queries/node-addresses.js';
import { schemaVersion } from '../database/queries/schema-version.js';
import { settings } from '../database/queries/settings.js';
import { Failure, unlessFailure } from '../errors.js';
import { balancerTimes } from '../operations/balancer-times.js';
import type { Cluster } from '../operations/cluster.js';
import { addressOf, ping } from '../operations/ping.js';
import { probeMachine } from '../operations/probe/probe-machine.js';
import { readStatus } from '../operations/read-status.js';
import type { Network } from '../ports/network.js';
import { untilAborted } from '../ports/until-aborted.js';
import { type StorageSight, storageSeen } from './storage-sight.js';

export interface Observing {
  readonly cluster: Cluster;
  readonly network: Network;
  readonly limits: Limits;
  readonly declared: Declared;
  readonly octopus: OctopusApi | undefined;
  readonly sharedFolders: readonly string[];
  readonly slowPath?: string | undefined;
  /** Milliseconds for a fact that several checks share. */
  readonly deadline: number;
  /** Where it is left out, nobody looks at the shared folder from here. */
  readonly storage?: StorageSight;
  /** Where machines are besides what the cluster keeps: of a node that is being made. By `nodeKey`. */
  readonly machines?: ReadonlyMap<string, MachineAddress>;
  /** Of the whole run: a fact is not given up with the check that asked for it first. */
  readonly signal: AbortSignal;
}

const root = z.object({
  Version: z.optional(z.nullable(z.string())),
  InstallationId: z.optional(z.nullable(z.string())),
});

const unseen: StorageSight = {
  place: undefined,
  nodePath: undefined,
  probing: false,
  newId: () => 'none',
  servicePassword: async () => undefined,
};

/** The world as one run of checks sees it, each fact looked at once. Closed when nothing of it is left behind. */
export function worldOf(options: Observing): World & AsyncDisposable {
  const { cluster, network, limits, declared, octopus, deadline, storage: sight = unseen, signal: whole } = options;
  const { database, dialect, http, clock, ca, timeout, nodeUrl, connection } = cluster;
  const known = new Map<unknown, Promise<unknown>>();

  function once<T>(
    key: unknown,
    load: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    milliseconds = deadline,
  ): Promise<T> {
    const fact = (known.get(key) ?? inTime(load, milliseconds)) as Promise<T>;
    if (!known.has(key)) {
      known.set(key, fact);
      // Whoever asks hears of it; nobody may ask again.
      fact.catch(() => {});
    }
    return untilAborted(fact, signal);
  }

  /** Late is as good as unreachable, for whoever asks for it afterwards too. */
  async function inTime<T>(load: (signal: AbortSignal) => Promise<T>, milliseconds: number): Promise<T> {
    using within = clock.within(milliseconds, whole);
    try {
      return await untilAborted(load(within), within);
    } catch (error) {
      if (!within.aborted || whole.aborted) throw error;
      throw new Failure('unreachable', `no answer within ${formatDuration(milliseconds)}`, {
        hint: lateHint,
        cause: error,
      });
    }
  }

  const storage = storageSeen({
    ...{ cluster, network, sight, once },
    world: { status: (signal) => world.status(signal), own: (signal) => world.own(signal) },
  });
  const world: World & AsyncDisposable = {
    ...storage,
    engine: dialect.engine,
    database,
    http,
    network,
    clock,
    limits,
    declared,
    connection,
    octopus: octopus && {
      get: (path, signal) => once(`octopus ${path}`, (within) => octopus.get(path, within), signal),
    },
    slowPath: options.slowPath,
    ca,
    timeout,
    hasNodePattern: nodeUrl !== undefined,
    remember: once,
    ask: <T>(question: Question<T>, signal: AbortSignal) =>
      once(question, async (within) => (await database.ask([question], within))[0], signal),
    catalogue: (signal) => once('catalogue', (within) => database.catalogue(within), signal),
    status: (signal) => once('status', (within) => readStatus(cluster, within), signal),
    own: (signal) => once('own', readOwn, signal),

    async balancer(signal) {
      if (cluster.balancerUrl !== undefined) return cluster.balancerUrl;
      return (await world.own(signal).catch(unlessFailure(signal)))?.settings.get(settingNames.portal);
    },

    async balancerTimes(signal) {
      return balancerTimes((await world.own(signal).catch(unlessFailure(signal)))?.settings ?? new Map());
    },

    async sharedFolders(signal) {
      if (options.sharedFolders.length > 0 || world.octopus === undefined) return options.sharedFolders;
      const values = serverFolders.safeParse(await world.octopus.get(foldersPath, signal).catch(unlessFailure(signal)));
      return values.success ? [...sharedFoldersIn(values.data).values()] : [];
    },

    async webAddress(node, signal) {
      const { webAddresses } = await world.own(signal);
      return addressOf({ nodeUrl }, node, webAddresses);
    },

    web: (node, signal) => once(`web ${node.id}`, (within) => look(node, within), signal),
    machine: (node, signal) => once(`machine ${node.id}`, (within) => probe(node, within), signal),
  };
  return world;

  async function readOwn(signal: AbortSignal) {
    const [schema, pin, kept, lease, held, webAddresses, keptMachines] = await database.ask(
      [schemaVersion, clusterPin, settings, leaseRow, holds, nodeAddresses, machineAddresses],
      signal,
    );
    const machines = new Map([...keptMachines, ...(options.machines ?? [])]);
    return { schema, newestSchema, pin, settings: kept, lease, holds: held, webAddresses, machineAddresses: machines };
  }

  async function look(node: Node, signal: AbortSignal): Promise<Web | undefined> {
    const url = await world.webAddress(node, signal);
    if (url === undefined) return undefined;
    const answer = await ping(cluster, node, url, signal);
    const nobody = { url, ping: answer, version: null, installationId: null };
    if (answer.kind !== 'answered') return nobody;
    const target = new URL('api', url.endsWith('/') ? url : `${url}/`).href;
    const told = await http
      .send({ url: target, timeout, ...(ca === undefined ? {} : { ca }) }, signal)
      .catch(unlessFailure(signal));
    const parsed = root.safeParse(parseJson(told?.body ?? ''));
    if (!parsed.success) return nobody;
    return { ...nobody, version: parsed.data.Version ?? null, installationId: parsed.data.InstallationId ?? null };
  }

  async function probe(node: Node, signal: AbortSignal) {
    const { machineAddresses: addresses } = await world.own(signal);
    const address = addresses.get(nodeKey(node.id));
    if (address === undefined) return undefined;
    const [targets, folders, url] = await Promise.all([
      targetsOf(world, signal),
      world.sharedFolders(signal),
      world.balancer(signal),
    ]);
    const names = [connection?.server, url !== undefined && URL.canParse(url) ? new URL(url).hostname : undefined];
    const shell = await cluster.shellOn(node.name, address);
    return await probeMachine(
      shell,
      address,
      {
        folders,
        reach: Object.values(targets),
        names: names.filter((name) => name !== undefined && /[a-z]/i.test(name)).map((name) => name ?? ''),
        port: pollingPort,
      },
      clock,
      signal,
    );
  }
}
