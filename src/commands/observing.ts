import { type Limits, ownLimits } from '../checks/limits.js';
import type { World } from '../checks/world.js';
import type { MachineAddress } from '../cluster/machine-address.js';
import { parseStorageLocation } from '../cluster/storage-location.js';
import type { ClusterContext } from '../configuration/configuration.js';
import { Failure } from '../errors.js';
import type { SecretPlace } from '../ports/secrets.js';
import type { StorageSight } from '../setup/storage-sight.js';
import { worldOf } from '../setup/world-of.js';
import type { Context } from './context.js';
import { declaredFrom, limitsFrom } from './doctor-options.js';

export interface Looking {
  /** Milliseconds for one check. */
  readonly deadline: number;
  /** Limits as `--limit` takes them. */
  readonly limit?: readonly string[];
  /** Files may be written into the shared folder, and are removed again. */
  readonly probing: boolean;
  /** Where the nodes find the shared folder, where the cluster does not keep that yet. */
  readonly nodePath?: string | undefined;
  /** Where machines are besides what the cluster keeps, by `nodeKey`. */
  readonly machines?: ReadonlyMap<string, MachineAddress>;
}

/** Worlds for checks. Closed when nothing is left of what they have written. */
export interface Worlds extends AsyncDisposable {
  /** One that sees everything anew. */
  fresh(): World;
}

/** Worlds of the cluster as the context describes it. */
export async function observing(context: Context, looking: Looking): Promise<Worlds> {
  const { network, signal } = context;
  const { deadline, limit = [], machines } = looking;
  const cluster = await context.cluster();
  const local = (await context.configuration()).contexts[cluster.context];
  const limits: Limits = local === undefined && limit.length === 0 ? ownLimits : limitsFrom(local?.doctor, limit);
  const declared = declaredFrom(local?.doctor);
  const octopus = await context.octopus();
  const storage = sightOf(local?.storage, looking, context);
  const opened: AsyncDisposable[] = [];
  return {
    fresh() {
      const world = worldOf({
        ...{ cluster, network, limits, declared, octopus, deadline, storage, signal },
        ...(machines === undefined ? {} : { machines }),
        sharedFolders: local?.doctor?.sharedFolders ?? [],
        slowPath: local?.doctor?.slowPath,
      });
      opened.push(world);
      return world;
    },
    async [Symbol.asyncDispose]() {
      for (const world of opened) await world[Symbol.asyncDispose]();
    },
  };
}

type Described = ClusterContext['storage'];

function sightOf(described: Described, { probing, nodePath }: Looking, context: Context): StorageSight {
  const { identity } = context;
  return {
    ...{ probing, nodePath, newId: () => identity.word(12) },
    place: described && storagePlace(described, context),
    servicePassword: async () =>
      described?.servicePassword &&
      (await reading(described.servicePassword, 'Password of the account of Octopus Server on Windows:', context)),
  };
}

const reading = async (place: SecretPlace, question: string, { secrets, signal }: Context): Promise<string> =>
  await (await secrets()).read('prompt' in place ? { prompt: question } : place, signal);

/** The shared folder as this machine finds it; a password is read when it is opened. */
export function storagePlace(described: Described, context: Context): NonNullable<StorageSight['place']> {
  const { folder = '', user, password = { prompt: true } } = described ?? {};
  const location = parseStorageLocation(folder);
  if (location.kind === 'refused') throw new Failure('usage', `storage.folder: ${location.because}`);
  return {
    location,
    async open() {
      const { openShare } = await context.storage();
      if (user === undefined) return await openShare(location, undefined);
      const question = `Password of ${user} for the file server:`;
      return await openShare(location, { user, password: await reading(password, question, context) });
    },
  };
}
