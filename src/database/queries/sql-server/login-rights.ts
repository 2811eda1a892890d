import { sql } from 'kysely';
import * as z from 'zod/mini';
import { count } from '../../columns.js';
import type { Question } from '../../database.js';

/** What the login of octo-ha itself may do. */
export interface LoginRights {
  readonly login: string;
  readonly user: string;
  readonly defaultSchema: string | null;
  readonly owner: boolean;
  readonly sysadmin: boolean;
  readonly mayReadNodes: boolean;
  readonly mayReadTasks: boolean;
  readonly mayUpdateNodes: boolean;
  readonly mayUpdateTasks: boolean;
  readonly mayAlter: boolean;
}

const right = z.nullable(count);
const row = z.object({
  login_name: z.nullable(z.string()),
  user_name: z.nullable(z.string()),
  default_schema: z.nullable(z.string()),
  is_owner: right,
  is_sysadmin: right,
  read_nodes: right,
  read_tasks: right,
  update_nodes: right,
  update_tasks: right,
  alter_database: right,
});

/** https://learn.microsoft.com/sql/t-sql/functions/has-perms-by-name-transact-sql */
export const loginRights: Question<LoginRights> = {
  ask: () => sql`
    SELECT CAST(ORIGINAL_LOGIN() AS nvarchar(128)) AS login_name, CAST(USER_NAME() AS nvarchar(128)) AS user_name,
      CAST(SCHEMA_NAME() AS nvarchar(128)) AS default_schema, IS_ROLEMEMBER('db_owner') AS is_owner,
      IS_SRVROLEMEMBER('sysadmin') AS is_sysadmin,
      HAS_PERMS_BY_NAME('dbo.OctopusServerNode', 'OBJECT', 'SELECT') AS read_nodes,
      HAS_PERMS_BY_NAME('dbo.ServerTask', 'OBJECT', 'SELECT') AS read_tasks,
      HAS_PERMS_BY_NAME('dbo.OctopusServerNode', 'OBJECT', 'UPDATE', 'IsInMaintenanceMode', 'COLUMN') AS update_nodes,
      HAS_PERMS_BY_NAME('dbo.ServerTask', 'OBJECT', 'UPDATE') AS update_tasks,
      HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'ALTER') AS alter_database`,
  answer([first]) {
    const told = row.parse(first);
    const sysadmin = told.is_sysadmin === 1;
    return {
      login: told.login_name ?? '',
      user: told.user_name ?? '',
      defaultSchema: told.default_schema,
      // Members of sysadmin enter as dbo.
      owner: told.is_owner === 1 || sysadmin || told.user_name === 'dbo',
      sysadmin,
      mayReadNodes: told.read_nodes === 1,
      mayReadTasks: told.read_tasks === 1,
      mayUpdateNodes: told.update_nodes === 1,
      mayUpdateTasks: told.update_tasks === 1,
      mayAlter: told.alter_database === 1,
    };
  },
};
