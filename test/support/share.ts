import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/adapters/system-clock.js';

/** The built process that makes calls on folders. */
export const folderProgram = fileURLToPath(new URL('../../dist/share/folder-process.js', import.meta.url));

export const folderOptions = { program: folderProgram, clock: systemClock };
