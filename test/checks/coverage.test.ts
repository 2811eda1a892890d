import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { demands } from '../../src/checks/certificates/web.js';
import type { CheckId } from '../../src/checks/check.js';
import { checks } from '../../src/checks/index.js';
import { faults } from '../chaos/faults/index.js';
import { brokenElsewhere } from './broken-elsewhere.js';
import { databaseCases } from './cases/database.js';
import { machineCases } from './cases/machines.js';
import { nodeCases } from './cases/nodes.js';
import { octopusCases } from './cases/octopus.js';
import { storageCases } from './cases/storage.js';
import { webCases } from './cases/web.js';
import { notBrokenForReal } from './not-broken-for-real.js';

const ids = checks.map(({ id }) => id);

const source = (name: string) => readFile(new URL(`../${name}`, import.meta.url), 'utf8');

/** Checks that a test of octo-ha's own command line breaks something for. */
const inCommands = async () =>
  new Set(
    [...(await source('commands/doctor.test.ts')).matchAll(/'(?:fail|warn|unknown) ([a-z-]+\/[a-z-]+)/g)].map(
      ([, id]) => id,
    ),
  );

/** Everything that is broken for real somewhere. */
const brokenForReal = async () =>
  new Set<string | undefined>([
    ...(await inCommands()),
    ...faults.map(({ cause }) => cause),
    ...Object.values(brokenElsewhere).flat(),
  ]);

/** Checks that are tried as they look, since they look and judge at once. */
const inLooks = async () =>
  new Set(
    [...(await source('checks/looks.test.ts')).matchAll(/^ {4,8}\[?'([a-z-]+\/[a-z-]+)',/gm)].map(([, id]) => id),
  );

/** Tables that stand in a file of their own. */
const inOwnTables: Readonly<Record<string, CheckId>> = { 'checks/suppressions.test.ts': 'octo-ha/suppressions' };

describe('every check', () => {
  test('has a table of its judging, or of what it says as it looks', async () => {
    const tables = { ...databaseCases, ...machineCases, ...nodeCases, ...octopusCases, ...storageCases, ...webCases };
    const looked = await inLooks();
    const certificates = new Set(
      demands.flatMap(({ name }) => ['node', 'balancer'].map((of) => `certificates/${of}-${name}`)),
    );
    const ownTables = new Set(Object.values(inOwnTables));
    for (const [file, id] of Object.entries(inOwnTables)) assert.ok((await source(file)).includes(`'${id}'`), file);

    assert.deepEqual(
      ids.filter(
        (id) => (tables[id] ?? []).length === 0 && !looked.has(id) && !certificates.has(id) && !ownTables.has(id),
      ),
      [],
    );
  });

  test('is seen to fail where something real is broken, or says why it cannot be', async () => {
    const shown = await brokenForReal();

    assert.deepEqual(
      ids.filter((id) => !shown.has(id) && !notBrokenForReal.has(id)),
      [],
    );
  });

  test('that says why it cannot be shown is one, and is not shown', async () => {
    const shown = await brokenForReal();

    for (const id of notBrokenForReal.keys()) {
      assert.ok(ids.includes(id), `${id} is no check`);
      assert.ok(!shown.has(id), `${id} is shown`);
    }
  });

  test('that a test of its own breaks is named there', async () => {
    for (const [file, names] of Object.entries(brokenElsewhere)) {
      const text = await source(file);
      for (const id of names) {
        assert.ok(ids.includes(id), `${id} is no check`);
        assert.ok(text.includes(`'${id.split('/')[1]}'`) || text.includes(id), `${file} does not name ${id}`);
      }
    }
  });

  test('that a fault names is one, in what follows from it too', () => {
    for (const { id, cause, follows = [] } of faults) {
      for (const name of [cause, ...follows]) assert.ok(ids.includes(name), `${id} names ${name}`);
    }
  });
});
