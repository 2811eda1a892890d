import { isDeepStrictEqual } from 'node:util';
import { counted } from '../../../cluster/counted.js';
import type { Answers } from '../../../configuration/answers.js';
import type { ClusterContext } from '../../../configuration/configuration.js';
import { Failure } from '../../../errors.js';
import { readStatus } from '../../../operations/read-status.js';
import { sqlConsentText } from '../../../operations/sql-consent.js';
import { databaseText } from '../../../render/database-text.js';
import { grantScript } from '../../../setup/grants.js';
import { consentToSql } from '../../../setup/init/settings.js';
import { pendingMigrations, setUpOwnTables } from '../../../setup/own-tables.js';
import type { SetupStep } from '../../../setup/steps.js';
import { testDatabase } from '../../../setup/test-database.js';
import type { Context } from '../../context.js';
import type { Site, Stage } from '../site.js';

/** The cluster as the answers describe it; what the context file says already stays. */
export async function describeCluster(
  answers: Answers,
  before: ClusterContext | undefined,
  context: Context,
): Promise<ClusterContext> {
  const { connection, password, ca, placement, own } = answers;
  if (before !== undefined) {
    const isOther =
      connection !== undefined &&
      (before.database.engine !== 'sql-server' ||
        (await context.partConnection(connection)).connection !== before.database.connection);
    if (!isOther) return before;
    throw new Failure('usage', 'the context file describes another database under that name', {
      hint: 'Name another context with --context, or remove that one with: octo-ha context remove NAME',
    });
  }
  if (connection === undefined) throw new Failure('usage', '--connection is missing');
  const parted = await context.partConnection(connection);
  if (parted.password !== undefined) {
    throw new Failure('usage', 'the connection string holds a password, and answers keep none', {
      hint: 'Take it out, and name where it is: --password env:VARIABLE',
    });
  }
  const { checkedContext } = await import('../../../configuration/parse.js');
  const { configurationFile } = context;
  return checkedContext({
    database: {
      connection: parted.connection,
      ...(parted.takesPassword ? { password: password ?? { prompt: true } } : {}),
      ...(ca === undefined ? {} : { ca: configurationFile.absolute(ca) }),
      ...(placement === undefined ? {} : { placement }),
      ...(own === undefined ? {} : { own }),
    },
  });
}

/** Keeps the description in the context file. */
function keepContext({ name, described, context }: Site): SetupStep {
  const { configurationFile } = context;
  const parse = async () => {
    const { parseConfiguration } = await import('../../../configuration/parse.js');
    return parseConfiguration(await readOrNothing(context), configurationFile.path);
  };
  return {
    does: `describe the cluster as ${name} in ${configurationFile.path}`,
    isDone: async () => isDeepStrictEqual((await parse()).contexts[name], described),
    async run() {
      const { withContext } = await import('../../../configuration/edit.js');
      const { current } = await parse();
      const text = withContext(await readOrNothing(context), name, described, { select: current === undefined });
      await configurationFile.write(text);
    },
  };
}

/** A file that was named and is not there yet is made. */
async function readOrNothing({ configurationFile, ownFiles }: Context): Promise<string> {
  return (await (await ownFiles()).read(configurationFile.path)) === undefined ? '' : await configurationFile.read();
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
    const versions = [...new Set(nodes.flatMap(({ version }) => version ?? []))];
    const consent = consentToSql(cluster, context.identity.who);
    return {
      lines: [
        databaseText(report, context.terminal.err),
        nodes.length === 0
          ? 'no node is registered yet'
          : `${counted(nodes.length, 'node')} registered: ${nodes.map(({ name }) => name).join(', ')}${versions.length === 0 ? '' : ` (${versions.join(', ')})`}`,
        ...(versions.length > 1 ? ['warning: they are of different versions'] : []),
        ...((await consent.isDone(signal)) ? [] : [sqlConsentText]),
      ],
      steps: [...(site.isDescribed ? [] : [keepContext(site)]), makeOwnTables(site), consent],
    };
  },
};
