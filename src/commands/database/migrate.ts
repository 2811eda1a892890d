import { pendingMigrations, setUpOwnTables } from '../../setup/own-tables.js';
import { command } from '../command.js';
import { askConsent } from '../consent.js';

export const databaseMigrate = command({
  name: 'database migrate',
  summary: "Create octo-ha's own tables, or bring them up to date",
  description:
    'The only command that creates or alters tables, and only those of the schema octo_ha. Nothing of Octopus Server is ' +
    'touched. It may be run again.',
  args: [],
  options: {},
  examples: [
    ['octo-ha database migrate --dry-run', 'What would be applied, and where.'],
    ['octo-ha database migrate --yes', 'Applies it.'],
  ],
  async run(_input, context) {
    const { terminal, signal, globals } = context;
    const cluster = await context.cluster();
    const { place } = cluster.ownTables;
    const pending = await pendingMigrations(cluster, signal);
    if (globals.dryRun || pending.length === 0) {
      const todo = pending.map((migration) => `would apply ${migration} in ${place}`).join('\n');
      const json = { dryRun: globals.dryRun, place, pending, applied: [] };
      return { json, text: todo || `octo-ha's tables in ${place} are up to date`, names: pending };
    }
    terminal.say(`octo-ha's tables in ${place}: ${pending.length} migrations to apply`);
    await askConsent('moderate', `Create or complete octo-ha's tables in ${place}?`, 'octo_ha', context);
    const applied = await setUpOwnTables(cluster, signal);
    return {
      json: { dryRun: false, place, pending: [], applied },
      text:
        applied.length === 0
          ? `octo-ha's tables in ${place} are up to date`
          : `applied ${applied.join(', ')} in ${place}`,
      names: applied,
    };
  },
});
