import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { builtCli } from '../support/built-cli.js';
import { World } from '../support/world.js';

describe('octo-ha alone', () => {
  /** What `octo-ha` runs where there is a context; the world's cluster is not chosen by name. */
  const next = (world: World) => world.run('__next -c test -o name');

  test('has nothing to do where all is well', async () => {
    await using world = await World.create([{ name: 'web-1' }, { name: 'web-2' }]);

    const { code, stdout } = await world.run('__next -c test');

    assert.equal(code, 0);
    assert.match(stdout, /^test: 2 nodes, nothing to do\n\n {2}octo-ha status --watch/);
  });

  test('says how to go on with a drain that nobody waits for', async () => {
    await using world = await World.create([{ name: 'web-1' }, { name: 'web-2' }]);
    assert.equal((await world.run('node drain web-2 --yes --detach')).code, 0);

    const { stdout } = await next(world);

    assert.deepEqual(stdout.split('\n').slice(0, 2), ['octo-ha node drain web-2', 'octo-ha node undrain web-2']);
  });

  test('names nodes that are out of service or not seen, quoted for a shell', async () => {
    await using world = await World.create([
      { name: "web 2'; reboot", draining: true },
      { name: 'web-3', lastSeen: new Date('2026-03-01T09:50:00Z') },
    ]);

    const { stdout } = await next(world);

    assert.equal(stdout.split('\n')[0], "octo-ha node undrain 'web 2'\\''; reboot'");
    assert.equal(stdout.split('\n')[1], 'octo-ha node show web-3');
  });

  test("names octo-ha's tables where they are missing", async () => {
    await using world = await World.create([{ name: 'web-1' }]);
    await world.dropOwnTables();

    assert.match((await next(world)).stdout, /^octo-ha database migrate$/m);
  });

  test('without a cluster shows the help and the first steps, else the state it finds', async () => {
    await using none = await builtCli({ context: '# nothing yet\n' });
    const alone = await none.run('');
    assert.equal(alone.code, 0);
    assert.match(alone.stdout, /^The cluster:$[\s\S]*knows no cluster yet[\s\S]*octo-ha lab up/m);

    await using unchosen = await builtCli({ context: 'contexts:\n  prod:\n    database: { connection: x }\n' });
    assert.match((await unchosen.run('')).stdout, /^no cluster is chosen\n\n {2}octo-ha context use prod/);

    await using broken = await builtCli({ context: 'contexts: [\n' });
    const { code, stderr } = await broken.run('');
    assert.equal(code, 2);
    assert.match(stderr, /config\.yaml:2:1/);
  });
});
