import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CatalogueColumn, shapeOf } from '../../src/database/shape.js';
import { Failure } from '../../src/errors.js';

const columns = (table: string, names: string): readonly CatalogueColumn[] =>
  names.split(' ').map((name) => {
    const [column = '', type = 'nvarchar'] = name.split(':');
    return { schema: 'dbo', table, column, type, inKey: column === 'Id' };
  });

const node = columns('OctopusServerNode', 'Id Name LastSeen MaxConcurrentTasks:int IsInMaintenanceMode:bit');
const task = columns('ServerTask', 'Id Name Description State QueueTime StartTime ServerNodeId');
const reason = (found: readonly CatalogueColumn[]) => {
  try {
    shapeOf(found, 'Shop');
  } catch (error) {
    assert.ok(error instanceof Failure);
    return error;
  }
  return assert.fail('it was taken for a database of Octopus Server');
};

describe('the shape of a database', () => {
  test('a database without the tables is refused by name', () => {
    const { kind, message } = reason(columns('Orders', 'Id Total'));

    assert.equal(kind, 'usage');
    assert.equal(
      message,
      'Shop is not a database of Octopus Server: it has no table dbo.OctopusServerNode and no dbo.ServerTask',
    );
  });

  test('one that has the nodes but no tasks is refused, too', () => {
    assert.match(reason(node).message, /no table dbo\.ServerTask$/);
  });

  test('a column that octo-ha cannot do without is named', () => {
    assert.match(
      reason([...node, ...task.slice(0, 6)]).message,
      /ServerTask in Shop has no column ServerNodeId or ServerNode/,
    );
  });

  test('names are found without regard to case and kept as they are spelled', () => {
    const lower = [...node, ...task].map((c) => ({
      ...c,
      table: c.table.toLowerCase(),
      column: c.column.toUpperCase(),
    }));

    assert.equal(shapeOf(lower, 'Shop').nodes.drain, 'ISINMAINTENANCEMODE');
    assert.deepEqual(shapeOf(lower, 'Shop').oddities, []);
  });

  test('tables of the same name in another schema do not count', () => {
    assert.equal(reason([...node, ...task].map((c) => ({ ...c, schema: 'backup' }))).kind, 'usage');
  });

  for (const [what, found, oddity] of [
    [
      'a flag that is no bit',
      [...node.slice(0, 4), ...columns('OctopusServerNode', 'IsInMaintenanceMode:int'), ...task],
      /is int, not bit/,
    ],
    [
      'both names of the task’s node',
      [...node, ...task, ...columns('ServerTask', 'ServerNode')],
      /both ServerNode and ServerNodeId/,
    ],
    ['no heartbeat anywhere', [...node.filter(({ column }) => column !== 'LastSeen'), ...task], /no table tells when/],
    [
      'a status table whose key nobody can tell',
      [...node, ...task, ...columns('OctopusServerNodeStatus', 'Node LastSeen')],
      /key of OctopusServerNodeStatus is unknown/,
    ],
  ] as const) {
    test(`${what} is read and not written`, () => {
      const { oddities } = shapeOf(found, 'Shop');

      assert.equal(oddities.length, 1);
      assert.match(oddities[0] ?? '', oddity);
    });
  }
});
