import type { Statement, Step } from '../../ports/database.js';

/** Reads wait for nobody's locks for long, and if somebody must be a deadlock's victim it is not Octopus' queue. */
const modest = 'SET LOCK_TIMEOUT 5000;\nSET DEADLOCK_PRIORITY LOW;';

const bare = (sql: string) => sql.trim().replace(/[;\s]+$/, '');

/** All statements as one batch: one recordset each, in order. */
export function readBatch(statements: readonly Statement[]): string {
  return [modest, ...statements.map(({ sql }) => `${bare(sql)}\n;`)].join('\n');
}

/**
 * All steps as one transaction in one batch that ends with a recordset of one row: `missed` is the index of the first
 * step that touched another number of rows than it expects, after which the rest is skipped and nothing remains, or -1.
 *
 * Any error ends the batch with the transaction rolled back (`XACT_ABORT`). `@@ROWCOUNT` speaks of the statement
 * directly before it only.
 */
export function changeBatch(steps: readonly Step[]): string {
  return [
    'SET XACT_ABORT ON;\nSET NOCOUNT ON;',
    modest,
    'DECLARE @missed int = -1;\nBEGIN TRANSACTION;',
    ...steps.map(step),
    'IF @missed = -1 COMMIT TRANSACTION ELSE ROLLBACK TRANSACTION;\nSELECT @missed AS missed;',
  ].join('\n');
}

function step({ sql, expects }: Step, index: number): string {
  const check = expects === 'any' ? '' : `\nIF @@ROWCOUNT <> ${expects} SET @missed = ${index};`;
  return index === 0 ? `${bare(sql)}\n;${check}` : `IF @missed = -1\nBEGIN\n${bare(sql)}\n;${check}\nEND;`;
}

/** Holds others who define tables back until this transaction ends; `granted` is negative where they would not yield. */
export const takeDefinitionLock = [
  modest,
  'DECLARE @granted int;',
  "EXEC @granted = sp_getapplock @Resource = N'octo-ha:tables', @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = 10000;",
  'SELECT @granted AS granted;',
].join('\n');
