import { parseStorageLocation, type StorageLocation } from '../../../cluster/storage-location.js';
import type { Answers } from '../../../configuration/answers.js';
import { Failure } from '../../../errors.js';
import type { Share, ShareCredentials } from '../../../ports/share.js';
import { missingFolders } from '../../../setup/init/missing-folders.js';
import { localFolders, migrationRunbook, serverFolders } from '../../../setup/init/server-folders.js';
import { keepSettings } from '../../../setup/init/settings.js';
import { type StorageResult, validateStorage } from '../../../setup/validate-storage.js';
import type { Context } from '../../context.js';
import { once } from '../../once.js';
import type { Site, Stage } from '../site.js';

/** The folder that was answered. */
function locationOf({ storage }: Answers): StorageLocation {
  const location = parseStorageLocation(storage ?? '');
  if (location.kind === 'refused') throw new Failure('usage', location.because);
  return location;
}

async function credentialsOf(answers: Answers, context: Context): Promise<ShareCredentials | undefined> {
  const { storageUser: user, storagePassword = { prompt: true } } = answers;
  if (user === undefined) return undefined;
  const place = 'prompt' in storagePassword ? { prompt: `Password of ${user} for the file server:` } : storagePassword;
  return { user, password: await (await context.secrets()).read(place, context.signal) };
}

export const storageStage: Stage = {
  title: 'Shared storage',
  async plan(site, signal) {
    const { answers, context, cluster } = site;
    const location = locationOf(answers);
    const runbook = await singleServer(site, signal);
    if (runbook !== undefined) {
      context.terminal.say(runbook);
      throw new Failure('refused', 'the folders of a single server have to be moved first; nothing was changed');
    }
    const { network, openShare } = await context.storage();
    const open = once(async () => openShare(location, await credentialsOf(answers, context)));
    const nodePath = answers.nodeStorage ?? answers.storage ?? '';
    const found = context.globals.dryRun ? [] : await validated(await open());
    return {
      lines:
        found.length === 0
          ? ['would log in to it, and write, read, rename and remove a file in a folder of its own']
          : found.map(lineOf),
      steps: [
        {
          does: `make the folders of Octopus that are missing in ${answers.storage}`,
          isDone: async () => (await missingFolders(await open(), signal)).length === 0,
          async run() {
            const share = await open();
            for (const folder of await missingFolders(share, signal)) await share.makeFolder(folder, signal);
          },
        },
        keepSettings(cluster, 'keep with the cluster where the nodes find the folder', { 'storage.path': nodePath }),
      ],
    };

    async function validated(share: Share): Promise<readonly StorageResult[]> {
      const { clock, identity } = context;
      const newId = () => identity.word(12);
      const results: StorageResult[] = [];
      const under = { location, share, network, clock, newId, makeFolders: false };
      for await (const result of validateStorage(under, signal)) results.push(result);
      // Folders that are missing are made afterwards.
      const failed = results.filter(({ check, verdict }) => verdict.status === 'fail' && check.of !== 'folders');
      if (failed.length === 0) return results;
      for (const line of results.map(lineOf)) context.terminal.say(line);
      throw new Failure('unhealthy', `${answers.storage} cannot be the shared folder as it is`, {
        hint: failed
          .map(({ check, verdict }) => ('remedy' in verdict && verdict.remedy ? verdict.remedy : check.cure).text)
          .join('\n'),
        details: { failed: failed.map(({ check }) => check.id) },
      });
    }
  },
};

/** What to do by hand where a single server keeps its data in folders of its own machine. */
export async function singleServer(
  { cluster, answers }: Pick<Site, 'cluster' | 'answers'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (answers.foldersShared === true) return undefined;
  const found = await serverFolders(cluster, signal);
  const local = found.state === 'read' ? localFolders(found.folders) : [];
  return local.length === 0 ? undefined : migrationRunbook(local, answers.nodeStorage ?? answers.storage ?? 'SHARE');
}

function lineOf({ check, verdict }: StorageResult): string {
  const marks = { pass: 'ok', warn: 'warning', fail: 'failed', skip: 'skipped', unknown: 'not known' } as const;
  const more = 'problem' in verdict ? `: ${verdict.problem}` : 'because' in verdict ? `: ${verdict.because}` : '';
  return `  ${marks[verdict.status].padEnd(9)}  ${check.title}${more}`;
}
