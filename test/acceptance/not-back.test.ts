import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { killableLab, noMachines } from '../support/chaos/killable-lab.js';

describe('a rolling restart with a node that does not come back', { skip: noMachines }, () => {
  test('leaves the others untouched, says how to go on, and goes on once it is mended', async () => {
    await using lab = await killableLab();
    await lab.up(3);
    await lab.untilReady();
    const disk = join(lab.home, 'machines/node-2/instance.json');
    const sound = await readFile(disk, 'utf8');
    const rows = () => lab.rows('SELECT Name, IsInMaintenanceMode AS d FROM dbo.OctopusServerNode ORDER BY Name');
    await writeFile(disk, JSON.stringify({ ...JSON.parse(sound), database: 'Server=nowhere' }));

    const first = await lab.cli.run('node restart node-2 node-3 --yes');
    const [id = ''] = /\d{8}-\d{6}-\w{4}/.exec(first.stderr) ?? [];
    const between = await rows();
    const touched = await lab.rows(`SELECT DISTINCT node_id AS id FROM octo_ha.step WHERE operation_id = '${id}'`);
    await writeFile(disk, sound);
    const second = await lab.cli.run(`operation resume ${id}`);

    assert.equal(first.code, 6, first.stderr);
    assert.match(first.stderr, /untouched: node-3/);
    assert.match(first.stderr, new RegExp(`octo-ha operation resume ${id}`));
    assert.deepEqual(
      between.map((row) => `${row['Name']} ${row['d']}`),
      ['node-1 0', 'node-2 1', 'node-3 0'],
    );
    assert.deepEqual(
      touched.map((row) => row['id']),
      ['OctopusServerNodes-node-2'],
    );
    assert.equal(second.code, 0, second.stderr);
    await lab.untilReady();
  });
});
