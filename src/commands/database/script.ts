import { Failure } from '../../errors.js';
import { grantScript, roles } from '../../setup/grants.js';
import { command } from '../command.js';
import { choice, text } from '../options.js';

export const databaseScript = command({
  name: 'database script',
  summary: 'Print the T-SQL that gives a login the least rights',
  description:
    'Prints a script for whoever administers SQL Server; octo-ha does not run it. A reader looks, an operator also ' +
    "drives nodes, an admin also creates octo-ha's tables.",
  args: [],
  options: {
    role: choice(roles, 'operator', 'what the login may do'),
    login: text('LOGIN', 'an existing SQL login, or DOMAIN\\name'),
    database: text('NAME', 'the database of Octopus Server (default: the one of the context)'),
    own: text('NAME', 'the database with the tables of octo-ha (default: the one of the context)'),
  },
  examples: [
    ['octo-ha database script --role reader --login watcher', 'For a dashboard or a cron job.'],
    ['octo-ha database script --login CORP\\octo-ha > grants.sql', 'For the people on call.'],
  ],
  async run({ role, login, database, own }, { databaseNames }) {
    if (login === undefined) {
      throw new Failure('usage', '--login is missing', { hint: 'Name an existing login of the server.' });
    }
    const known = database !== undefined && own !== undefined ? undefined : await databaseNames();
    const octopus = database ?? known?.octopus;
    if (octopus === undefined) {
      throw new Failure('usage', 'the name of the database of Octopus Server is not known', {
        hint: 'Name it with --database, or name a context of a SQL Server with --context.',
      });
    }
    const script = grantScript({ role, login, octopus, own: own ?? known?.own ?? 'OctopusHA' });
    return { json: { role, login, script }, text: script.trimEnd(), names: [login], paged: true };
  },
});
