import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../../src/adapters/find-program.js';
import { folderShare } from '../../../src/adapters/share/folder-share.js';
import { smbclientShare } from '../../../src/adapters/share/smbclient-share.js';
import { systemClock } from '../../../src/adapters/system-clock.js';
import { shareContract } from '../../contracts/share.contract.js';
import { startSamba, withoutSamba } from '../../support/samba.js';
import { folderOptions } from '../../support/share.js';

shareContract('a folder', {
  async open() {
    const directory = await mkdtemp(join(tmpdir(), 'octo-ha-share-'));
    const share = folderShare(directory, folderOptions);
    return {
      ...share,
      async [Symbol.asyncDispose]() {
        await share[Symbol.asyncDispose]();
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
});

shareContract('a file server by smbclient', {
  missing: withoutSamba,
  async open() {
    const samba = await startSamba();
    const program = (await findProgram('smbclient')) ?? '';
    const share = smbclientShare(samba.location(), { program, credentials: samba.credentials, clock: systemClock });
    // Below the share itself, as most are.
    await share.makeFolder('Octopus; data', new AbortController().signal);
    return {
      ...smbclientShare(samba.location('octopus', 'Octopus; data'), {
        program,
        credentials: samba.credentials,
        clock: systemClock,
      }),
      [Symbol.asyncDispose]: () => samba[Symbol.asyncDispose](),
    };
  },
});
