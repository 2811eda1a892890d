import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { KnownBalancer } from '../../src/operations/tell-balancer.js';
import { World } from '../support/world.js';

async function nginx(testsWith: string) {
  const directory = await mkdtemp(join(tmpdir(), 'octo-ha-balancer-'));
  const file = join(directory, 'octopus.conf');
  const reloads = join(directory, 'reloads');
  await writeFile(file, '# as it was\n');
  const reload = ['sh', '-c', 'echo x >>"$0"', reloads];
  const balancer: KnownBalancer = {
    type: 'nginx',
    wishes: {},
    onChange: { file, test: [testsWith], reload },
  };
  return {
    balancer,
    text: () => readFile(file, 'utf8'),
    reloads: async () => (await readFile(reloads, 'utf8').catch(() => '')).length / 2,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  };
}

const three = ['web-1', 'web-2', 'web-3'].map((name) => ({ name }));
const down = /server web-2\.test:80[^;]* down;/;

describe('a load balancer that has to be told', () => {
  test('is told that a node drains, and that it is back', async () => {
    await using world = await World.create(three);
    await using stand = await nginx('true');
    const { balancer } = stand;

    const drained = await world.run('node drain web-2 --yes', { balancer });
    const between = await stand.text();
    const undrained = await world.run('node undrain web-2', { balancer });

    assert.equal(drained.code, 0, drained.stderr);
    assert.match(drained.stderr, /web-2: load balancer: /);
    assert.match(between, down);
    assert.equal(undrained.code, 0, undrained.stderr);
    assert.doesNotMatch(await stand.text(), down);
    assert.equal(await stand.reloads(), 2);
  });

  test('is told once each way by a restart, and its own times are waited for', async () => {
    await using world = await World.create(three);
    await using stand = await nginx('true');
    const balancer = { ...stand.balancer, outAfter: 300_000, inAfter: 1_000 };
    const began = world.now.getTime();

    const { code, stderr } = await world.run('node restart web-2 --yes', { balancer });

    assert.equal(code, 0, stderr);
    assert.equal(await stand.reloads(), 2);
    assert.doesNotMatch(await stand.text(), down);
    assert.ok(world.now.getTime() - began > 300_000);
  });

  test('that refuses is said, and the drain goes on', async () => {
    await using world = await World.create(three);
    await using stand = await nginx('false');

    const { code, stderr } = await world.run('node drain web-2 --yes', { balancer: stand.balancer });

    assert.equal(code, 0, stderr);
    assert.match(stderr, /the load balancer was not told: /);
    assert.equal(await stand.text(), '# as it was\n');
    assert.equal((await world.flags())['web-2']?.draining, true);
  });
});
