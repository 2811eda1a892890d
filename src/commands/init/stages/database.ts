import { isDeepStrictEqual } from 'node:util';
import { loginChecks } from '../../../checks/octo-ha/login.js';
import { countStatuses } from '../../../checks/outcome.js';
import { counted } from '../../../cluster/counted.js';
import { Failure } from '../../../errors.js';
import { readStatus } from '../../../operations/read-status.js';
import { sqlConsentText } from '../../../operations/sql-consent.js';
import { databaseText } from '../../../render/database-text.js';
import { countsText, outcomesText } from '../../../render/doctor/text.js';
import { grantScript } from '../../../setup/grants.js';
import { consentToSql } from '../../../setup/init/settings.js';
import { pendingMigrations, setUpOwnTables } from '../../../setup/own-tables.js';
import type { SetupStep } from '../../../setup/steps.js';
import { testDatabase } from '../../../setup/test-database.js';
import { runDoctor } from '../checking.js';
import type { Site, Stage } from '../site.js';
import { fileOf } from './describe.js';

/** Keeps the description in the context file. */
function keepContext({ name, described, context }: Site): SetupStep {
  const { configurationFile } = context;
  const file = fileOf(context);
  return {
    does: `describe the cluster as ${name} in ${configurationFile.path}`,
    isDone: async () => isDeepStrictEqual((await file.parse()).contexts[name], described),
    async run() {
      const { withContext } = await import('../../../configuration/edit.js');
      const { current } = await file.parse();
      const text = withContext(await file.read(), name, described, { select: current === undefined });
      await configurationFile.write(text);
    },
  };
}

function makeOwnTables(site: Site): SetupStep {
  const { cluster, described, context } = site;
  return {
    does: `create or complete octo-ha's own tables in ${cluster.ownTables.place}`,
    isDone: async (signal) => (await pendingMigrations(cluster, signal)).length === 0,
    async run(signal) {
      try {
        await setUpOwnTables(cluster, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Failure) || described.database.engine !== 'sql-server') throw error;
        const { login, database } = await cluster.database.catalogue(signal);
        const own = described.database.placement === 'octopus' ? database : described.database.own;
        context.terminal.say(
          'If rights are missing, somebody who administers the server can give them by this script:\n',
        );
        context.terminal.say(grantScript({ role: 'admin', login, octopus: database, own }));
        throw error;
      }
    },
  };
}

export const databaseStage: Stage = {
  title: 'Database',
  async plan(site, signal) {
    const { cluster, context } = site;
    const report = await testDatabase(cluster, signal);
    const { nodes, oddities } = await readStatus(cluster, signal);
    if (oddities.length > 0) {
      throw new Failure('refused', `octo-ha does not know this shape of Octopus' tables: ${oddities.join('; ')}`, {
        hint: 'Reading commands work; a newer octo-ha may know it.',
      });
    }
    const outcomes = await runDoctor(site, { words: ['database', ...loginChecks.map(({ id }) => id)] }, signal);
    const versions = [...new Set(nodes.flatMap(({ version }) => version ?? []))];
    const consent = consentToSql(cluster, context.identity.who);
    return {
      lines: [
        databaseText(report, context.terminal.err),
        ...outcomesText(outcomes, 'warn', context.terminal.err),
        `checks of doctor: ${countsText(countStatuses(outcomes))}`,
        nodes.length === 0
          ? 'no node is registered yet'
          : `${counted(nodes.length, 'node')} registered: ${nodes.map(({ name }) => name).join(', ')}${versions.length === 0 ? '' : ` (${versions.join(', ')})`}`,
        ...(versions.length > 1 ? ['warning: they are of different versions'] : []),
        ...((await consent.isDone(signal)) ? [] : [sqlConsentText]),
      ],
      outcomes,
      steps: [...(site.isDescribed ? [] : [keepContext(site)]), makeOwnTables(site), consent],
    };
  },
};
