import { missingAmong } from '../../cluster/storage-folders.js';
import { type StorageLocation, smbPort } from '../../cluster/storage-location.js';
import { Failure } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import type { Network } from '../../ports/network.js';
import { type Share, type ShareEntry, ShareFailure } from '../../ports/share.js';
import { type Look, notTried, type StorageFacts, seen } from './facts.js';
import { firstDifference, pattern } from './pattern.js';

export interface StorageUnderTest {
  readonly location: StorageLocation;
  readonly share: Share;
  readonly network: Network;
  readonly clock: Clock;
  /** A word that nobody else has, of letters, digits and `-`. */
  readonly newId: () => string;
  /** Files may be written, and are removed again. */
  readonly probing: boolean;
  readonly bytes?: number;
}

/** Milliseconds that a name server, or a file server's port, has to answer. */
const answerWithin = 5_000;

/** Milliseconds for what was made to be removed again when octo-ha is asked to end. */
const cleanUpWithin = 20_000;

const rounds = 3;

/**
 * Visits the shared folder as this machine reaches it. What it writes is in a folder of its own, which is removed again,
 * whatever happens in between. Rejects only with `signal.reason`, and for a bug.
 */
export async function lookAtStorage(storage: StorageUnderTest, signal: AbortSignal): Promise<StorageFacts> {
  const { location, share, probing } = storage;
  const addresses = await lookUp(storage, signal);
  const unresolved = addresses.state === 'refused' || (addresses.state === 'seen' && addresses.value.length === 0);
  const connection = unresolved ? notTried('the server has no address') : await knock(storage, signal);
  const unreached = unresolved || connection.state === 'refused';
  const listing = unreached
    ? notTried('the server cannot be reached')
    : await tried(async () => seen(await share.list('', '', signal)), signal);
  const outside = { location, addresses, connection, listing };
  if (listing.state !== 'seen') return { ...outside, ...inside(notTried('the folder could not be listed')) };

  const written = probing ? await writeAndRemove(storage, signal) : unprobed;
  return {
    ...outside,
    folders: seen({ missing: missingAmong(foldersIn(listing.value)) }),
    ...written,
    space: await tried(async () => seen(await share.freeSpace(signal)), signal),
    latency: await latencyOf(storage, connection, signal),
  };
}

const foldersIn = (entries: readonly ShareEntry[]): readonly string[] =>
  entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name);

const inside = (look: Look<never>) => ({
  ...{ folders: look, space: look, latency: look },
  ...{ written: look, content: look, renamed: look, removed: look },
});

const notProbed = notTried('it takes a file that is written and removed again: octo-ha doctor --probe');

const unprobed = { written: notProbed, content: notProbed, renamed: notProbed, removed: notProbed };

async function latencyOf(
  storage: StorageUnderTest,
  connection: StorageFacts['connection'],
  signal: AbortSignal,
): Promise<StorageFacts['latency']> {
  if (storage.share.session !== 'kept') return pace(connection);
  return storage.probing ? await smallFiles(storage, signal) : notProbed;
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
  using limited = clock.within(answerWithin, signal);
  return await tried(async () => seen(await network.lookup(host(server), limited).catch(noAddress)), signal);
}

async function knock({ location, network, clock }: StorageUnderTest, signal: AbortSignal) {
  if (location.kind !== 'unc') return mounted;
  const { server, port = smbPort } = location;
  return await tried(async () => {
    const connect = async () => {
      using limited = clock.within(answerWithin, signal);
      return await network.connect(host(server), port, limited);
    };
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

async function writeAndRemove(
  { share, clock, newId, bytes = 8 * 1024 * 1024 }: StorageUnderTest,
  signal: AbortSignal,
): Promise<Pick<StorageFacts, 'written' | 'content' | 'renamed' | 'removed'>> {
  const folder = `octo-ha-probe-${newId()}`;
  const [file, renamed] = [`${folder}/written`, `${folder}/renamed`];
  const content = pattern(folder, bytes);
  let found = { written: unwritten, content: unwritten, renamed: unwritten } as Written;
  let removed: StorageFacts['removed'] = unwritten;
  try {
    const written = await tried(async () => {
      await share.makeFolder(folder, signal);
      return seen({ bytes, took: await timed(clock, () => share.write(file, content, signal)) });
    }, signal);
    found = { ...found, written };
    if (written.state === 'seen') {
      found = { ...found, content: await tried(() => readBack(file, content), signal) };
      found = {
        ...found,
        renamed: await tried(async () => seen(await nothing(share.rename(file, renamed, signal))), signal),
      };
      removed = await tried(removeAll, signal);
    }
  } finally {
    if (removed.state !== 'seen') {
      const left = await cleanedUp(share, clock, { files: [file, renamed], folders: [folder] });
      if (left.length > 0) removed = seen({ left, because: removed.state === 'refused' ? removed.message : undefined });
    }
  }
  return { ...found, removed };

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

type Written = Pick<StorageFacts, 'written' | 'content' | 'renamed'>;

const unwritten = notTried('nothing could be written');

/** Removes what may be there, also when octo-ha is to end. Answers with what could not be removed. */
async function cleanedUp(
  share: Share,
  clock: Clock,
  { files, folders }: { readonly files: readonly string[]; readonly folders: readonly string[] },
): Promise<readonly string[]> {
  using signal = clock.within(cleanUpWithin, new AbortController().signal);
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
