import { missingAmong } from '../../cluster/storage-folders.js';
import type { Share } from '../../ports/share.js';

/** Octopus' folders that are not in the shared folder yet. */
export async function missingFolders(share: Share, signal: AbortSignal): Promise<readonly string[]> {
  const found = await share.list('', '', signal);
  return missingAmong(found.filter(({ kind }) => kind === 'folder').map(({ name }) => name));
}

export async function makeMissingFolders(share: Share, signal: AbortSignal): Promise<void> {
  for (const folder of await missingFolders(share, signal)) await share.makeFolder(folder, signal);
}
