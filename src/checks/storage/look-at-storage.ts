import { storageFolders } from '../../cluster/storage-folders.js';
import { type StorageLocation, smbPort } from '../../cluster/storage-location.js';
import { Failure } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import type { Network } from '../../ports/network.js';
import { type Share, ShareFailure } from '../../ports/share.js';
import { type Look, notTried, type StorageFacts, seen } from './facts.js';
import { firstDifference, pattern } from './pattern.js';

export interface StorageUnderTest {
  readonly location: StorageLocation;
  readonly share: Share;
  readonly network: Network;
  readonly clock: Clock;
  /** A word that nobody else has, of letters, digits and `-`. */
  readonly newId: () => string;
  /** The folders of Octopus that are missing are made. */
  readonly makeFolders: boolean;
  readonly bytes?: number;
}

/** Milliseconds that a name server, or a file server's port, has to answer. */
const answerWithin = 5_000;

/** Milliseconds for what was made to be removed again when octo-ha is asked to end. */
const cleanUpWithin = 20_000;

const rounds = 3;

/**
 * Visits the shared folder as this machine reaches it, and yields each fact as it is found. What it writes is in a folder
 * of its own, which is removed again, whatever happens in between. Rejects only with `signal.reason`, and for a bug.
 */
export async function* lookAtStorage(
  storage: StorageUnderTest,
  signal: AbortSignal,
): AsyncGenerator<Partial<StorageFacts>> {
  const { location, share } = storage;
  yield { location };

  const addresses = await lookUp(storage, signal);
  yield { addresses };
  const unresolved = addresses.state === 'refused' || (addresses.state === 'seen' && addresses.value.length === 0);
  const connection = unresolved ? notTried('the server has no address') : await knock(storage, signal);
  yield { connection };

  const unreached = unresolved || connection.state === 'refused';
  const listing = unreached
    ? notTried('the server cannot be reached')
    : await tried(async () => seen(await share.list('', '', signal)), signal);
  yield { listing };
  if (listing.state !== 'seen') {
    const unlisted = notTried('the folder could not be listed');
    yield { folders: unlisted, written: unlisted, content: unlisted, renamed: unlisted, removed: unlisted };
    yield { space: unlisted, latency: unlisted };
    return;
  }

  yield { folders: await tried(() => folders(storage, signal), signal) };
  yield* writeAndRemove(storage, signal);
  yield { space: await tried(async () => seen(await share.freeSpace(signal)), signal) };
  yield { latency: share.session === 'kept' ? await smallFiles(storage, signal) : pace(connection) };
}

function pace(reached: StorageFacts['connection']): StorageFacts['latency'] {
  return reached.state === 'seen' ? seen({ of: 'a connection', fastest: reached.value.fastest }) : reached;
}

async function smallFiles({ share, clock, newId }: StorageUnderTest, signal: AbortSignal) {
  const file = `octo-ha-probe-${newId()}`;
  return await tried(async () => {
    try {
      const fastest = await fastestOf(clock, async () => {
        await share.write(file, pattern(file, 1_024), signal);
        await share.remove(file, signal);
      });
      return seen({ of: 'a small file' as const, fastest });
    } finally {
      await cleanedUp(share, clock, { files: [file], folders: [] });
    }
  }, signal);
}

async function lookUp({ location, network, clock }: StorageUnderTest, signal: AbortSignal) {
  if (location.kind !== 'unc') return mounted;
  const { server } = location;
  const limited = clock.within(answerWithin, signal);
  return await tried(async () => seen(await network.lookup(host(server), limited).catch(noAddress)), signal);
}

async function knock({ location, network, clock }: StorageUnderTest, signal: AbortSignal) {
  if (location.kind !== 'unc') return mounted;
  const { server, port = smbPort } = location;
  return await tried(async () => {
    const connect = () => network.connect(host(server), port, clock.within(answerWithin, signal));
    return seen({ port, fastest: await fastestOf(clock, connect) });
  }, signal);
}

const mounted = notTried('the folder is reached by the system itself, as it is mounted or mapped');

function noAddress(error: unknown): readonly string[] {
  if (codeOf(error) === 'ENOTFOUND') return [];
  throw error;
}

/** The system's own word for what went wrong, where there is one. */
function codeOf(error: unknown): string | undefined {
  const cause = error instanceof Failure ? error.cause : error;
  const { code } = (cause ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

const host = (server: string): string => server.replace(/^\[|\]$/g, '');

async function folders(
  { share, makeFolders }: StorageUnderTest,
  signal: AbortSignal,
): Promise<StorageFacts['folders']> {
  const there = new Set(
    (await share.list('', '', signal)).filter(({ kind }) => kind === 'folder').map(({ name }) => name.toLowerCase()),
  );
  const missing = storageFolders.filter((name) => !there.has(name.toLowerCase()));
  if (!makeFolders) return seen({ made: [], missing });
  for (const name of missing) await share.makeFolder(name, signal);
  return seen({ made: missing, missing: [] });
}

async function* writeAndRemove(
  { share, clock, newId, bytes = 8 * 1024 * 1024 }: StorageUnderTest,
  signal: AbortSignal,
): AsyncGenerator<Partial<StorageFacts>> {
  const folder = `octo-ha-probe-${newId()}`;
  const [file, renamed] = [`${folder}/written`, `${folder}/renamed`];
  const content = pattern(folder, bytes);
  let removed: StorageFacts['removed'] = unwritten;
  try {
    const written = await tried(async () => {
      await share.makeFolder(folder, signal);
      return seen({ bytes, took: await timed(clock, () => share.write(file, content, signal)) });
    }, signal);
    yield { written };
    if (written.state !== 'seen') yield { content: unwritten, renamed: unwritten };
    else {
      yield { content: await tried(() => readBack(file, content), signal) };
      yield { renamed: await tried(async () => seen(await nothing(share.rename(file, renamed, signal))), signal) };
      removed = await tried(removeAll, signal);
    }
  } finally {
    if (removed.state !== 'seen') {
      const left = await cleanedUp(share, clock, { files: [file, renamed], folders: [folder] });
      if (left.length > 0) removed = seen({ left, because: removed.state === 'refused' ? removed.message : undefined });
    }
  }
  yield { removed };

  async function readBack(from: string, written: Uint8Array) {
    let back = new Uint8Array();
    const took = await timed(clock, async () => {
      back = new Uint8Array(await share.read(from, signal));
    });
    return seen({ took, differsAt: firstDifference(written, back) });
  }

  async function removeAll() {
    const names = (await share.list(folder, '', signal)).map(({ name }) => `${folder}/${name}`);
    for (const name of names) await share.remove(name, signal);
    await share.removeFolder(folder, signal);
    return seen({ left: [], because: undefined });
  }
}

const unwritten = notTried('nothing could be written');

/** Removes what may be there, also when octo-ha is to end. Answers with what could not be removed. */
async function cleanedUp(
  share: Share,
  clock: Clock,
  { files, folders }: { readonly files: readonly string[]; readonly folders: readonly string[] },
): Promise<readonly string[]> {
  const signal = clock.within(cleanUpWithin, new AbortController().signal);
  const left: string[] = [];
  for (const [names, remove] of [[files, share.remove] as const, [folders, share.removeFolder] as const]) {
    for (const name of names) await remove(name, signal).catch(() => left.push(name));
  }
  return left;
}

async function tried<T>(look: () => Promise<Look<T>>, signal: AbortSignal): Promise<Look<T>> {
  try {
    return await look();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ShareFailure) {
      return { state: 'refused', trouble: error.trouble, message: error.message, hint: error.hint };
    }
    if (!(error instanceof Error)) throw error;
    if (error.name === 'TimeoutError') return { state: 'refused', trouble: 'no-answer', message: 'no answer in time' };
    const code = codeOf(error);
    if (code === undefined) throw error;
    return { state: 'refused', trouble: code, message: error.message };
  }
}

async function fastestOf(clock: Clock, act: () => Promise<void>): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < rounds; i++) fastest = Math.min(fastest, await timed(clock, act));
  return fastest;
}

async function timed(clock: Clock, act: () => Promise<void>): Promise<number> {
  const before = clock.now();
  await act();
  return clock.now() - before;
}

async function nothing(work: Promise<void>): Promise<undefined> {
  await work;
}
