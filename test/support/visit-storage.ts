import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { nodeNetwork } from '../../src/adapters/node-network.js';
import { openShare } from '../../src/adapters/share/open-share.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import type { Verdict } from '../../src/checks/check.js';
import { ownLimits } from '../../src/checks/limits.js';
import type { StorageFacts } from '../../src/checks/storage/facts.js';
import { folderChecks } from '../../src/checks/storage/folder.js';
import { lookAtStorage } from '../../src/checks/storage/look-at-storage.js';
import type { StorageLocation } from '../../src/cluster/storage-location.js';
import type { ShareCredentials } from '../../src/ports/share.js';
import { makeMissingFolders } from '../../src/setup/init/missing-folders.js';
import { folderProgram } from './share.js';

export interface Visit {
  readonly location: StorageLocation;
  readonly credentials?: ShareCredentials | undefined;
  /** Makes the folders of Octopus first, as `init` does after it has looked. */
  readonly makeFolders?: boolean;
  readonly bytes?: number;
  /** Milliseconds for each call on the share. */
  readonly timeout?: number;
}

/** Visits a shared folder as doctor and `init` do: what each check says, by its name within the subject, in order. */
export async function visitStorage(
  { location, credentials, makeFolders = false, bytes, timeout }: Visit,
  signal: AbortSignal = new AbortController().signal,
): Promise<ReadonlyMap<string, Verdict>> {
  setMaxListeners(0, signal);
  await using share = await openShare(location, { folderProgram, clock: systemClock, credentials, timeout });
  const storage = {
    location,
    share,
    network: nodeNetwork,
    clock: systemClock,
    newId: randomUUID,
    probing: true,
    ...(bytes === undefined ? {} : { bytes }),
  };
  if (makeFolders) await makeMissingFolders(share, signal);
  return judgeFolder(await lookAtStorage(storage, signal));
}

/** What each check says of what was found. */
export const judgeFolder = (facts: StorageFacts): ReadonlyMap<string, Verdict> =>
  new Map(
    folderChecks.map((check) => [
      check.id.slice('storage/'.length),
      check.judge(facts, { limits: ownLimits, now: new Date() }),
    ]),
  );

/** The checks that said so. */
export const those = (visit: ReadonlyMap<string, Verdict>, status: Verdict['status']): readonly string[] =>
  [...visit].filter(([, verdict]) => verdict.status === status).map(([name]) => name);

/** The problem that a check names. */
export function problemOf(visit: ReadonlyMap<string, Verdict>, name: string): string {
  const verdict = visit.get(name);
  return verdict !== undefined && 'problem' in verdict ? verdict.problem : `no problem: ${JSON.stringify(verdict)}`;
}
