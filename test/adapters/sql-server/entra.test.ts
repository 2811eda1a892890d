import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entraCredential } from '../../../src/adapters/sql-server/entra.js';

test("a credential becomes Microsoft's own when it is first asked for a token", async () => {
  const credential = entraCredential(
    { kind: 'entra', method: 'service-principal', tenantId: 'no tenant!', clientId: 'client' },
    'secret',
  );

  await assert.rejects(credential.getToken('https://database.windows.net/.default'), /tenant/i);
});
