import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { grantScript, roles } from '../../src/setup/grants.js';

const script = (change: Partial<Parameters<typeof grantScript>[0]> = {}) =>
  grantScript({ role: 'operator', login: 'octo_ha', octopus: 'Octopus', own: 'OctopusHA', ...change });

/** The script with its strings and quoted names taken out, as the server's lexer reads it. */
const bare = (text: string): string => text.replace(/N'(?:[^']|'')*'|\[(?:[^\]]|\]\])*\]|--.*$/gm, '·');

describe('the grants of a role', () => {
  test('a reader writes nothing', () => {
    assert.doesNotMatch(script({ role: 'reader' }), /UPDATE|DELETE|INSERT|ALTER|CREATE (TABLE|SCHEMA|DATABASE)/);
  });

  test("an operator writes two columns of Octopus' tables and deletes a node's rows, nothing else", () => {
    const [octopus = ''] = script().split('-- The tables of octo-ha.');

    assert.deepEqual(octopus.match(/GRANT (?!SELECT)[^;]+;/g), [
      'GRANT UPDATE ON dbo.OctopusServerNode ([IsInMaintenanceMode], [MaxConcurrentTasks]) TO [octo_ha];',
      'GRANT DELETE ON dbo.[OctopusServerNode] TO [octo_ha];',
      'GRANT DELETE ON dbo.[OctopusServerNodeStatus] TO [octo_ha];',
    ]);
  });

  test('nobody may write tasks', () => {
    for (const role of roles) assert.doesNotMatch(script({ role }), /(UPDATE|DELETE|INSERT) ON dbo\.\[?ServerTask/);
  });

  test("stays in one database where octo-ha's tables are among Octopus'", () => {
    assert.deepEqual(script({ own: 'Octopus', role: 'admin' }).match(/USE .*/g), ['USE [Octopus];']);
  });

  test('no name breaks out of its place', () => {
    const name = fc.string({
      minLength: 1,
      unit: fc.constantFrom("'", ']', '[', ';', '-', '\n', '\r', 'a', ' ', '"', '\u2028', '/', '*'),
    });
    fc.assert(
      fc.property(fc.constantFrom(...roles), name, name, name, (role, login, octopus, own) => {
        const harmless = script({ role, login: 'a', octopus: 'b', own: octopus === own ? 'b' : 'c' });
        assert.equal(bare(script({ role, login, octopus, own })), bare(harmless));
      }),
    );
  });
});
