import type { Clock } from '../ports/clock.js';
import type { Folder } from '../ports/folder.js';
import { type LabRecord, readRecord } from './record.js';

/** Between two looks of a process at the record of its lab. */
const every = 1_000;

/**
 * Resolves when the lab that a process belongs to is gone, or has no place for it any more; so nothing is left behind
 * when a lab's directory is deleted by hand.
 */
export async function untilForgotten(
  home: Folder,
  belongs: (record: LabRecord) => boolean,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    // A record that cannot be read right now says nothing.
    const record = await readRecord(home).catch(() => null);
    if (record === undefined || (record !== null && !belongs(record))) return;
    await clock.sleep(every, signal).catch(() => {});
  }
}
