import { unlessFailure } from '../../errors.js';
import { auditJson } from '../../render/operations-text.js';
import { leavings, removalPlanText } from '../../render/removal-text.js';
import { plannedRemoval } from '../../setup/plan-removal.js';
import { removalScript } from '../../setup/removal-script.js';
import { type Removing, removeOwnTables } from '../../setup/remove-own-tables.js';
import { command } from '../command.js';
import { askConsent } from '../consent.js';
import { knownContext } from '../context/known-context.js';
import type { Context } from '../context.js';
import { flag, text } from '../options.js';

export const databaseRemove = command({
  name: 'database remove',
  summary: "Take octo-ha's own tables out of the database again",
  description:
    'For a cluster that octo-ha leaves. Refused while an operation is unfinished or a node is kept out of service, ' +
    'since only these tables say how to end that. Nothing of Octopus Server is touched. The database of the tables ' +
    'goes with them only where octo-ha made it and nothing else is in it.',
  args: [],
  options: {
    keepAudit: text('FILE', 'write the audit there first, as JSON'),
    script: flag('print the T-SQL for somebody with more rights, and remove nothing'),
  },
  examples: [
    ['octo-ha database remove --dry-run', 'What would go, and what stands in the way.'],
    ['octo-ha database remove --keep-audit audit.json', "Wants the context's name typed."],
    ['octo-ha database remove --script > remove.sql', 'For whoever administers SQL Server.'],
  ],
  async run({ keepAudit, script: asScript }, context) {
    const { terminal, signal, globals, identity } = context;
    const cluster = await context.cluster();
    const plan = await plannedRemoval(cluster, identity, signal);
    const { place, tables, audit } = plan;
    const json = { place, tables, audit: audit.entries };
    if (tables.length === 0) return { json, text: `there are no tables of octo-ha in ${place}`, names: [] };
    if (asScript) {
      const script = removalScript(plan, cluster.dialect.engine);
      return { json: { ...json, script }, text: script.trimEnd(), names: tables };
    }
    const keeping = await keeper(keepAudit, context);
    const lines = removalPlanText(plan, keeping?.file).join('\n');
    if (globals.dryRun) return { json: { dryRun: true, ...json }, text: `would remove ${lines}`, names: tables };
    terminal.say(lines);
    await askConsent('severe', "Remove octo-ha's tables?", cluster.context, context);
    const removing = { wait: globals.waitLease, keepAudit: keeping?.write };
    const removed = await removeOwnTables(cluster, identity, plan, removing, signal);
    const isLab = cluster.dialect.engine === 'sqlite';
    const stays = leavings(plan, { ...removed, ...(await contextInFile(cluster.context, context)), isLab });
    return {
      json: { ...json, ...(keeping && { auditFile: keeping.file }), databaseDropped: removed.databaseDropped, stays },
      text: [
        `octo-ha's tables are gone from ${place}`,
        ...(stays.length === 0 ? [] : ['What stays, and what ends it:', ...stays.map((one) => `  ${one}`)]),
      ].join('\n'),
      names: tables,
    };
  },
});

/** The file for the audit, as seen from here. */
async function keeper(
  typed: string | undefined,
  { ownFiles }: Context,
): Promise<{ readonly file: string; readonly write: NonNullable<Removing['keepAudit']> } | undefined> {
  if (typed === undefined) return undefined;
  const files = await ownFiles();
  const file = files.absolute(typed);
  return {
    file,
    write: (entries) => files.write(file, `${JSON.stringify({ entries: entries.map(auditJson) }, null, 2)}\n`),
  };
}

/** A context that only the environment describes is in no file. */
async function contextInFile(name: string, context: Context) {
  const { configurationFile, signal } = context;
  const known = await knownContext(await configurationFile.read(), name, context).catch(unlessFailure(signal));
  return known === undefined ? {} : { context: { name, file: configurationFile.path } };
}
