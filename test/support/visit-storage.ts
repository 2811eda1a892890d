import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { nodeNetwork } from '../../src/adapters/node-network.js';
import { openShare } from '../../src/adapters/share/open-share.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import type { Verdict } from '../../src/checks/storage/verdict.js';
import type { StorageLocation } from '../../src/cluster/storage-location.js';
import type { ShareCredentials } from '../../src/ports/share.js';
import { validateStorage } from '../../src/setup/validate-storage.js';
import { folderProgram } from './share.js';

export interface Visit {
  readonly location: StorageLocation;
  readonly credentials?: ShareCredentials | undefined;
  readonly makeFolders?: boolean;
  readonly bytes?: number;
  /** Milliseconds for each call on the share. */
  readonly timeout?: number;
}

/** Validates a shared folder as `init` does: what each check says, by its name within the subject, in order. */
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
    makeFolders,
    ...(bytes === undefined ? {} : { bytes }),
  };
  const verdicts = new Map<string, Verdict>();
  for await (const { check, verdict } of validateStorage(storage, signal)) {
    verdicts.set(check.id.slice('storage/'.length), verdict);
  }
  return verdicts;
}

/** The checks that said so. */
export const those = (visit: ReadonlyMap<string, Verdict>, status: Verdict['status']): readonly string[] =>
  [...visit].filter(([, verdict]) => verdict.status === status).map(([name]) => name);

/** The problem that a check names. */
export function problemOf(visit: ReadonlyMap<string, Verdict>, name: string): string {
  const verdict = visit.get(name);
  return verdict !== undefined && 'problem' in verdict ? verdict.problem : `no problem: ${JSON.stringify(verdict)}`;
}
