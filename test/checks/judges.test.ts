import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Check, Verdict } from '../../src/checks/check.js';
import { subjects } from '../../src/checks/check.js';
import { checks } from '../../src/checks/index.js';
import { type LimitName, limitTable, ownLimits } from '../../src/checks/limits.js';
import { tags } from '../../src/checks/tags.js';
import { type Cases, now } from './cases/case.js';
import { databaseCases } from './cases/database.js';
import { machineCases } from './cases/machines.js';
import { nodeCases } from './cases/nodes.js';
import { octopusCases } from './cases/octopus.js';
import { storageCases } from './cases/storage.js';
import { webCases } from './cases/web.js';

interface Judging {
  judge(...facts: unknown[]): Verdict;
}

const judging = { limits: ownLimits, now };
const plain: Cases = { ...databaseCases, ...nodeCases, ...machineCases, ...storageCases, ...webCases };

function checkOf(id: string): Check & Judging {
  const found = checks.find((check) => check.id === id);
  assert.ok(found && 'judge' in found, `${id} has a judge`);
  return found as Check & Judging;
}

function says(verdict: Verdict, status: string, words: RegExp | null, about: string): void {
  const said = 'problem' in verdict ? verdict.problem : 'because' in verdict ? verdict.because : '';
  assert.equal(verdict.status, status, `${about}: ${said}`);
  if (words !== null) assert.match(said, words);
}

describe('judges', () => {
  for (const [id, cases] of Object.entries(plain)) {
    for (const [i, [status, words, ...facts]] of cases.entries()) {
      test(`${id} ${i + 1}: ${status}`, () => says(checkOf(id).judge(...facts, judging), status, words, id));
    }
  }

  for (const [id, cases] of Object.entries(octopusCases)) {
    for (const [i, [status, words, answer]] of cases.entries()) {
      test(`${id} ${i + 1}: ${status}, from the API's own answer`, () => {
        const check = checkOf(id) as unknown as Judging & { schema: { parse(value: unknown): unknown } };
        says(check.judge(check.schema.parse(JSON.parse(JSON.stringify(answer))), judging), status, words, id);
      });
    }
  }

  test('each has a table in which it passes and in which it finds something', () => {
    const tables = { ...plain, ...octopusCases };
    const lacking = checks
      .filter((check) => 'judge' in check)
      .filter(({ id }) => {
        const cases = tables[id] ?? [];
        return (
          !cases.some(([status]) => status === 'pass') ||
          !cases.some(([status]) => status === 'warn' || status === 'fail')
        );
      });

    assert.deepEqual(
      lacking.map(({ id }) => id),
      [],
    );
  });
});

describe('the checks', () => {
  test('have ids of their own, in a subject, and are at least a hundred', () => {
    const ids = checks.map(({ id }) => id);

    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.length >= 100, String(ids.length));
    for (const id of ids) assert.match(id, new RegExp(`^(${subjects.join('|')})/[a-z][a-z-]*[a-z]$`));
    for (const subject of subjects)
      assert.ok(
        ids.some((id) => id.startsWith(`${subject}/`)),
        subject,
      );
  });

  test('claim something that is true when they pass, in lower case and without a full stop', () => {
    for (const { id, title, why, cure } of checks) {
      assert.match(title, /^([a-z]|Octopus|SQL Server|Redis)/, id);
      assert.doesNotMatch(title, /\.$/, id);
      assert.match(why, /[.):]$/, id);
      assert.match(cure.text, /\S/, id);
      for (const line of cure.commands ?? []) assert.match(line, /\S/, id);
    }
  });

  test('need what is declared before them', () => {
    const declared = new Set<string>();
    for (const { id, needs = [] } of checks) {
      for (const need of needs) assert.ok(declared.has(need), `${id} needs ${need}`);
      declared.add(id);
    }
  });

  test('are what the tags name', () => {
    const ids: readonly string[] = checks.map(({ id }) => id);
    for (const [tag, { checks: named }] of Object.entries(tags)) {
      for (const id of named) assert.ok(ids.includes(id), `${tag} names ${id}`);
      assert.equal(new Set(named).size, named.length, tag);
    }
  });

  test('name every limit of their own in a finding or use it as an amount', () => {
    const amounts = ['balancerRequests'];
    const found = JSON.stringify(
      Object.entries({ ...plain, ...octopusCases }).flatMap(([id, cases]) =>
        cases.map(([, words]) => `${id} ${words?.source ?? ''}`),
      ),
    );
    const certificates = ['certificateWarn', 'certificateFail'];
    const lacking = (Object.keys(limitTable) as LimitName[]).filter(
      (name) => !found.includes(name) && !amounts.includes(name) && !certificates.includes(name),
    );

    assert.deepEqual(lacking, []);
  });
});
