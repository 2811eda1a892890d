import { storageFolders } from '../../cluster/storage-folders.js';
import type { Share } from '../../ports/share.js';

/** Octopus' folders that are not in the shared folder yet. */
export async function missingFolders(share: Share, signal: AbortSignal): Promise<readonly string[]> {
  const found = await share.list('', '', signal);
  const there = new Set(found.filter(({ kind }) => kind === 'folder').map(({ name }) => name.toLowerCase()));
  return storageFolders.filter((name) => !there.has(name.toLowerCase()));
}
