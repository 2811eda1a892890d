import type { StorageFacts } from '../checks/storage/facts.js';
import { lookAtStorage, type StorageUnderTest } from '../checks/storage/look-at-storage.js';
import { type StorageCheck, storageChecks, storageLimits } from '../checks/storage/storage-checks.js';
import type { Verdict } from '../checks/storage/verdict.js';

export interface StorageResult {
  readonly check: StorageCheck;
  readonly verdict: Verdict;
}

/** Visits the shared folder and yields what each check says of it, as soon as it can be said. */
export async function* validateStorage(storage: StorageUnderTest, signal: AbortSignal): AsyncGenerator<StorageResult> {
  let known: Partial<StorageFacts> = {};
  for await (const found of lookAtStorage(storage, signal)) {
    known = { ...known, ...found };
    for (const check of storageChecks.filter(({ of }) => of in found)) {
      // A check judges what was found last, and only what comes before it.
      yield { check, verdict: check.judge(known as StorageFacts, storageLimits) };
    }
  }
}
