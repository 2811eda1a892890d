import { sql } from 'kysely';
import * as z from 'zod/mini';
import { bit, instant } from '../../columns.js';
import type { Question } from '../../database.js';

/** `null` stands for what this server does not tell. */
export interface DatabaseProperties {
  readonly collation: string | null;
  readonly recoveryModel: string | null;
  readonly state: string | null;
  readonly userAccess: string | null;
  readonly pageVerify: string | null;
  readonly updateability: string | null;
  readonly readOnly: boolean | null;
  readonly autoClose: boolean | null;
  readonly autoShrink: boolean | null;
  readonly snapshotReads: boolean | null;
  readonly published: boolean | null;
  readonly mergePublished: boolean | null;
  readonly subscribed: boolean | null;
  readonly changeDataCapture: boolean | null;
  /** When DBCC CHECKDB last found nothing, 1900 where it never ran; SQL Server 2016 SP2 and later. */
  readonly lastGoodCheck: Date | null;
}

const text = z.nullable(z.string());
const flag = z.nullable(bit);

const row = z.object({
  collation_name: text,
  recovery_model: text,
  state_desc: text,
  user_access: text,
  page_verify: text,
  updateability: text,
  is_read_only: flag,
  is_auto_close_on: flag,
  is_auto_shrink_on: flag,
  is_rcsi_on: flag,
  is_published: flag,
  is_merge_published: flag,
  is_subscribed: flag,
  is_cdc_enabled: flag,
  last_good_check: z.nullable(instant),
});

/** https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-databases-transact-sql */
export const databaseProperties: Question<DatabaseProperties> = {
  ask: () => sql`
    SELECT d.collation_name AS collation_name, d.recovery_model_desc AS recovery_model, d.state_desc AS state_desc,
      d.user_access_desc AS user_access, d.page_verify_option_desc AS page_verify,
      CAST(DATABASEPROPERTYEX(DB_NAME(), 'Updateability') AS nvarchar(60)) AS updateability,
      d.is_read_only AS is_read_only, d.is_auto_close_on AS is_auto_close_on, d.is_auto_shrink_on AS is_auto_shrink_on,
      d.is_read_committed_snapshot_on AS is_rcsi_on, d.is_published AS is_published,
      d.is_merge_published AS is_merge_published, d.is_subscribed AS is_subscribed, d.is_cdc_enabled AS is_cdc_enabled,
      CAST(DATABASEPROPERTYEX(DB_NAME(), 'LastGoodCheckDbTime') AS datetime) AS last_good_check
    FROM sys.databases AS d WHERE d.name = DB_NAME()`,
  answer([first]) {
    const told = row.parse(first);
    return {
      collation: told.collation_name,
      recoveryModel: told.recovery_model,
      state: told.state_desc,
      userAccess: told.user_access,
      pageVerify: told.page_verify,
      updateability: told.updateability,
      readOnly: told.is_read_only,
      autoClose: told.is_auto_close_on,
      autoShrink: told.is_auto_shrink_on,
      snapshotReads: told.is_rcsi_on,
      published: told.is_published,
      mergePublished: told.is_merge_published,
      subscribed: told.is_subscribed,
      changeDataCapture: told.is_cdc_enabled,
      lastGoodCheck: told.last_good_check,
    };
  },
};
