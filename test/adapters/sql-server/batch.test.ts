import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeBatch, readBatch } from '../../../src/adapters/sql-server/batch.js';
import { parseConnectionString } from '../../../src/adapters/sql-server/connection-string.js';
import { odbcConnectionString } from '../../../src/adapters/sql-server/odbc.js';

test('reads end each statement on a line of its own, so that a comment at its end hides nothing', () => {
  const batch = readBatch([
    { sql: 'SELECT 1 -- one', parameters: [] },
    { sql: ' SELECT 2;; ', parameters: [] },
  ]);

  assert.equal(batch, 'SET LOCK_TIMEOUT 5000;\nSET DEADLOCK_PRIORITY LOW;\nSELECT 1 -- one\n;\nSELECT 2\n;');
});

test('a change checks each step directly after it, and skips the rest once one has missed', () => {
  const batch = changeBatch([
    { sql: 'UPDATE a SET x = @p1', parameters: [1], expects: 1 },
    { sql: 'DELETE FROM b;', parameters: [], expects: 'any' },
    { sql: 'INSERT INTO c VALUES (@p2)', parameters: [2], expects: 2 },
  ]);

  assert.equal(
    batch,
    `SET XACT_ABORT ON;
SET NOCOUNT ON;
SET LOCK_TIMEOUT 5000;
SET DEADLOCK_PRIORITY LOW;
DECLARE @missed int = -1;
BEGIN TRANSACTION;
UPDATE a SET x = @p1
;
IF @@ROWCOUNT <> 1 SET @missed = 0;
IF @missed = -1
BEGIN
DELETE FROM b
;
END;
IF @missed = -1
BEGIN
INSERT INTO c VALUES (@p2)
;
IF @@ROWCOUNT <> 2 SET @missed = 2;
END;
IF @missed = -1 COMMIT TRANSACTION ELSE ROLLBACK TRANSACTION;
SELECT @missed AS missed;`,
  );
});

test('integrated security is asked of the ODBC driver', () => {
  const of = (text: string) => odbcConnectionString(parseConnectionString(`${text};Trusted_Connection=Yes`));

  assert.equal(
    of('Server=sql1\\INST;Database=a}b'),
    'Driver={ODBC Driver 18 for SQL Server};Server={tcp:sql1\\INST};Database={a}}b};Trusted_Connection=Yes;APP=octo-ha;' +
      'Encrypt=Yes;TrustServerCertificate=No;MultiSubnetFailover=No;',
  );
  assert.match(
    of('Server=sql1,1444;Database=a;Encrypt=strict;MultiSubnetFailover=True'),
    /Server=\{tcp:sql1,1444\};.*Encrypt=Strict;.*MultiSubnetFailover=Yes;/,
  );
});
