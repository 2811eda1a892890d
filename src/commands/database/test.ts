import { databaseText } from '../../render/database-text.js';
import { testDatabase } from '../../setup/test-database.js';
import { command } from '../command.js';

export const databaseTest = command({
  name: 'database test',
  summary: 'Log in to the database and tell what octo-ha finds there',
  args: [],
  options: {},
  examples: [['octo-ha database test', 'Server, login, round trip, clock and the shape of the tables.']],
  async run(_input, { cluster, terminal, signal }) {
    const report = await testDatabase(await cluster(), signal);
    return { json: report, text: databaseText(report, terminal.out), names: [report.database], paged: true };
  },
});
