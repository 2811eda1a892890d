import { isDeepStrictEqual } from 'node:util';
import { countStatuses } from '../../../checks/outcome.js';
import { folderChecks } from '../../../checks/storage/folder.js';
import { sharedChecks } from '../../../checks/storage/nodes/shared-checks.js';
import { taskLogs } from '../../../checks/storage/task-logs.js';
import { settingNames } from '../../../cluster/setting-names.js';
import { Failure } from '../../../errors.js';
import { countsText, outcomesText } from '../../../render/doctor/text.js';
import { makeMissingFolders, missingFolders } from '../../../setup/init/missing-folders.js';
import { localFolders, migrationRunbook, serverFolders } from '../../../setup/init/server-folders.js';
import { keepSettings } from '../../../setup/init/settings.js';
import type { SetupStep } from '../../../setup/steps.js';
import { storagePlace } from '../../observing.js';
import { once } from '../../once.js';
import { runDoctor } from '../checking.js';
import type { Site, Stage } from '../site.js';
import { describeStorage, fileOf } from './describe.js';

/** What is asked of the folder: from here, and from the nodes that are there already. */
const asked = [...folderChecks, taskLogs, ...sharedChecks].map(({ id }) => id);

export const storageStage: Stage = {
  title: 'Shared storage',
  async plan(site, signal) {
    const { answers, context, cluster } = site;
    const runbook = await singleServer(site, signal);
    if (runbook !== undefined) {
      context.terminal.say(runbook);
      throw new Failure('refused', 'the folders of a single server have to be moved first; nothing was changed');
    }
    const nodePath = answers.nodeStorage ?? answers.storage ?? '';
    const outcomes = await runDoctor(site, { words: asked, nodePath }, signal);
    const told = outcomes.filter(({ status }) => status !== 'skip');
    const lines = [
      ...outcomesText(told, 'all', context.terminal.err),
      `checks of doctor: ${countsText(countStatuses(outcomes))}`,
    ];
    const failed = outcomes.filter(({ status }) => status === 'fail');
    if (failed.length > 0) {
      for (const line of lines) context.terminal.say(line);
      throw new Failure('unhealthy', `${answers.storage} cannot be the shared folder as it is`, {
        hint: 'Mend what is said above, and run the same command again.',
        details: { failed: failed.map(({ check }) => check.id) },
      });
    }
    return {
      lines,
      outcomes,
      steps: [
        makeFolders(site),
        keepStorage(site),
        keepSettings(cluster, 'keep with the cluster where the nodes find the folder', {
          [settingNames.storagePath]: nodePath,
        }),
      ],
    };
  },
};

function makeFolders({ answers, context }: Site): SetupStep {
  const share = once(async () => await storagePlace(describeStorage(answers), context).open());
  return {
    does: `make the folders of Octopus that are missing in ${answers.storage}`,
    async isDone(signal) {
      return (await missingFolders(await share(), signal)).length === 0;
    },
    run: async (signal) => makeMissingFolders(await share(), signal),
  };
}

/** Keeps in the context file where this machine finds the folder, for the checks of doctor. */
function keepStorage({ answers, context, name, isDescribed }: Site): SetupStep {
  const { configurationFile } = context;
  const wanted = describeStorage(answers);
  const file = fileOf(context);
  return {
    does: `keep in ${configurationFile.path} where this machine finds the folder`,
    async isDone() {
      const kept = (await file.parse()).contexts[name];
      // What the environment describes is not in the file.
      if (kept === undefined && isDescribed) return true;
      return isDeepStrictEqual(kept?.storage, wanted);
    },
    async run() {
      const { withStorage } = await import('../../../configuration/edit.js');
      await configurationFile.write(withStorage(await file.read(), name, wanted));
    },
  };
}

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
