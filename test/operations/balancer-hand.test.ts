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
  const broken = join(directory, 'broken');
  const onChange = { file, test: ['sh', '-c', `${testsWith} && test ! -e "$0"`, broken], reload };
  const balancer: KnownBalancer = { type: 'nginx', wishes: {}, onChange };
  return {
    balancer,
    /** From now on it refuses every configuration. */
    break: () => writeFile(broken, ''),
    mend: () => rm(broken),
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

  test('is told that a node is back that was not idle in time, and one whose operation is given up', async () => {
    await using world = await World.create(three);
    await using stand = await nginx('true');
    const { balancer } = stand;
    await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });

    const late = await world.run('node drain web-2 --yes --drain-timeout 2m --on-timeout undrain', { balancer });
    const afterLate = { text: await stand.text(), reloads: await stand.reloads() };
    const left = await world.run('node drain web-2 --yes --drain-timeout 2m', { balancer });
    const between = await stand.text();
    const [id = ''] = /\d{8}-\d{6}-\w{4}/.exec(left.stderr) ?? [];
    const given = await world.run(`operation abort ${id} --yes`, { balancer });

    assert.equal(late.code, 1, late.stderr);
    assert.doesNotMatch(afterLate.text, down);
    assert.equal(afterLate.reloads, 2);
    assert.equal(left.code, 5, left.stderr);
    assert.match(between, down);
    assert.equal(given.code, 0, given.stderr);
    assert.match(given.stdout, /load balancer: /);
    assert.doesNotMatch(await stand.text(), down);
  });

  test('that cannot be told that a node is back stops a rolling restart, which goes on once it can', async () => {
    await using world = await World.create(three.map((node) => ({ ...node, version: '2025.4.1000' })));
    await using stand = await nginx('true');
    const { balancer } = stand;
    const machine = world.machine('web-1');
    const first = await world.run('node restart --all --yes', {
      balancer,
      shell: (real) => ({
        ...real,
        async run(bootstrap, document, signal) {
          if (JSON.parse(document).action === 'service-start') await stand.break();
          return await real.run(bootstrap, document, signal);
        },
      }),
    });
    const others = ['web-2', 'web-3'].flatMap((name) => world.machine(name).effects);
    await stand.mend();

    const again = await world.run('node restart --all --yes', { balancer });

    assert.equal(first.code, 6, first.stderr);
    assert.match(first.stderr, /the load balancer was not told that web-1 is back, and sends it nothing/);
    assert.match(first.stderr, /untouched: web-2, web-3/);
    assert.deepEqual(others, []);
    assert.equal(again.code, 0, again.stderr);
    assert.equal(machine.effects.filter((effect) => effect === 'service-stop').length, 1);
    assert.doesNotMatch(await stand.text(), / down;/);
  });

  test('that sees no drain and is not told is warned of', async () => {
    await using world = await World.create(three);

    const { code, stderr } = await world.run('node drain web-2 --yes', { balancer: { type: 'nginx', wishes: {} } });
    const haproxy = await world.run('node drain web-3 --yes', { balancer: { type: 'haproxy', wishes: {} } });

    assert.equal(code, 0, stderr);
    assert.match(stderr, /nginx does not see that a node drains, and nothing tells it/);
    assert.equal(haproxy.code, 0, haproxy.stderr);
    assert.doesNotMatch(haproxy.stderr, /does not see/);
  });
});
