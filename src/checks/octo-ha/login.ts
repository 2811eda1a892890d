import { type LoginRights, loginRights } from '../../database/queries/sql-server/login-rights.js';
import { unlessFailure } from '../../errors.js';
import { type ClusterCheck, fail, pass, skip, type Verdict, warn } from '../check.js';
import { sqlServerCheck } from '../kinds.js';

const tooMany = sqlServerCheck({
  id: 'octo-ha/login-rights',
  title: "octo-ha's login has no more rights than it needs",
  why: "octo-ha never writes tasks and never alters Octopus' tables. A login that may do so is a risk for nothing.",
  cure: {
    text: 'Give octo-ha a login of its own with the least rights for its role.',
    commands: ['octo-ha database script --role operator --login LOGIN'],
  },
  question: loginRights,
  judge({ login, sysadmin, owner, mayUpdateTasks, mayAlter }: LoginRights): Verdict {
    const evidence = { login };
    if (sysadmin) return warn(`${login} is a sysadmin of the server`, { evidence });
    if (owner) return warn(`${login} owns the database`, { evidence });
    if (mayAlter) return warn(`${login} may alter the database`, { evidence });
    if (mayUpdateTasks) return warn(`${login} may change tasks`, { evidence });
    return pass(evidence);
  },
});

const enough: ClusterCheck & { judge(rights: LoginRights): Verdict } = {
  kind: 'cluster',
  id: 'octo-ha/login-reads',
  title: "octo-ha's login reads nodes and tasks",
  why: 'Without SELECT on both a cluster looks empty or is refused; with it every looking command works.',
  cure: { text: 'Grant what a reader needs.', commands: ['octo-ha database script --role reader --login LOGIN'] },
  async run(world, signal) {
    if (world.engine !== 'sql-server') return skip('only SQL Server has logins; this cluster is a lab on SQLite');
    // It does not need a database that can be read: why it cannot is what this tells.
    const rights = await world.ask(loginRights, signal).catch(unlessFailure(signal));
    return rights === undefined ? skip('the database does not tell: database/reachable') : this.judge(rights);
  },
  judge({ login, mayReadNodes, mayReadTasks }) {
    const lacking = [...(mayReadNodes ? [] : ['dbo.OctopusServerNode']), ...(mayReadTasks ? [] : ['dbo.ServerTask'])];
    return lacking.length === 0 ? pass({ login }) : fail(`${login} may not read ${lacking.join(' and ')}`);
  },
};

const placement: ClusterCheck = {
  kind: 'cluster',
  id: 'octo-ha/placement',
  title: "octo-ha's tables are not among Octopus' own",
  why: "Octopus' daily System Integrity Check fails on tables that it does not know. Azure SQL Database leaves no other place.",
  cure: {
    text: 'Let them live in a database of their own: placement: separate in the context.',
    commands: ['octo-ha database migrate'],
  },
  needs: ['octo-ha/set-up'],
  async run(world, signal) {
    if (world.engine !== 'sql-server') return skip('a lab keeps them in a file of their own');
    const { placement } = await world.catalogue(signal);
    return placement.database === null
      ? warn("they stand among Octopus' tables")
      : pass({ database: placement.database });
  },
};

export const loginChecks = [tooMany, enough, placement] as const;
