import { fileURLToPath } from 'node:url';
import { nodeNetwork } from '../adapters/node-network.js';
import { openShare } from '../adapters/share/open-share.js';
import { systemClock } from '../adapters/system-clock.js';
import type { StorageAccess } from '../ports/storage-access.js';

/** Shares as this machine opens them; `main` is the module that the program for folders stands beside. */
export function localStorage(main: string): StorageAccess {
  const place = main.endsWith('.ts') ? 'adapters/share/folder-process.ts' : 'share/folder-process.js';
  const folderProgram = fileURLToPath(new URL(place, main));
  return {
    network: nodeNetwork,
    openShare: (location, credentials) => openShare(location, { folderProgram, clock: systemClock, credentials }),
  };
}
