import { randomBytes, randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { detachedProcesses } from '../adapters/detached-processes.js';
import { findProgram } from '../adapters/find-program.js';
import { loopbackPorts } from '../adapters/free-ports.js';
import { keepAliveHttp } from '../adapters/keep-alive-http.js';
import { localFolder } from '../adapters/local-folder.js';
import { nodeHttp } from '../adapters/node-http.js';
import { openSqlite } from '../adapters/sqlite/session.js';
import { systemClock } from '../adapters/system-clock.js';
import { sqlite } from '../database/dialects/sqlite.js';
import type { LabHost } from '../lab/host.js';
import { octopusDatabase } from '../lab/octopus-database.js';

/** This machine as the host of a lab in `home`, or where the platform keeps an application's data. */
export function labHost(home: string | undefined, programs: LabHost['programs']): LabHost {
  const directory = home === undefined ? join(envPaths('octo-ha', { suffix: '' }).data, 'lab') : resolve(home);
  return {
    home: localFolder(directory),
    processes: detachedProcesses,
    ports: loopbackPorts,
    http: nodeHttp,
    clock: systemClock,
    programs,
    findProgram,
    openDatabase: (database, { create }) =>
      octopusDatabase(openSqlite({ directory: database, clock: systemClock, create }), sqlite),
    openWeb: keepAliveHttp,
    newSshKey: async () => (await import('../adapters/ssh/new-key.js')).newSshKey(),
    newId: randomUUID,
    newSecret: (bytes) => randomBytes(bytes).toString('base64'),
    random: Math.random,
  };
}
