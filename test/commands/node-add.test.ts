import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '../../src/errors.js';
import type { LicenceStatus, OctopusApi } from '../../src/ports/octopus-api.js';
import type { FakeMachine } from '../support/fake-machine.js';
import { matchesSchema } from '../support/schemas.js';
import { World } from '../support/world.js';

const masterKey = 'bWFzdGVyLWtleS0xMjM0NQ==';
const version = '2025.4.1000';
const nodes = [
  { name: 'web-1', version },
  { name: 'web-2', version },
];
const line = 'node add web-3 --manager systemd --service octopus --url http://web-3.test --master-key env:KEY --cap 8';

async function startedWorld(): Promise<World> {
  const world = await World.create(nodes);
  world.secrets.set('{"env":"KEY"}', masterKey);
  return world;
}

const licensed = (licence: Partial<LicenceStatus>) =>
  ({
    url: 'http://octopus.test',
    preferred: false,
    licenceStatus: async () => ({ compliant: true, summary: 'fine', limits: [], ...licence }),
  }) as unknown as OctopusApi;

describe('node add', () => {
  test('makes a node of a machine: task cap 0 before its first start, its own cap once it serves', async () => {
    await using world = await startedWorld();
    const machine = world.bare('web-3');

    const { code, stdout, stderr } = await world.run(`${line} --yes`);

    assert.equal(code, 0, stderr);
    assert.match(stdout, /web-3 is a node of the cluster, with a task cap of 8/);
    assert.deepEqual(
      machine.effects.filter((effect) => effect !== 'run'),
      [...['octopus create-instance', 'octopus database', 'octopus node', 'octopus service'], 'service-start'],
    );
    assert.deepEqual(machine.instance, {
      name: 'OctopusServer',
      nodeName: 'web-3',
      connection: 'Engine=SQLite;Data Source=/world;Database=/world/dbo.db',
      masterKey,
      cap: 0,
    });
    assert.deepEqual((await world.flags())['web-3'], { draining: false, cap: 8 });
    assert.match((await world.run('node show web-3')).stdout, /address +http:\/\/web-3\.test/);
    const { code: again, stdout: known } = await world.run(`${line} --yes`);
    assert.deepEqual([again, known.includes('nothing to do')], [0, true]);
  });

  test('prints one document after its schema, also where there is nothing to do', async () => {
    await using world = await startedWorld();
    world.bare('web-3');

    const joined = await world.run(`${line} --yes --json`);
    const known = await world.run(`${line} --yes --json`);
    const adopted = await world.run(
      'node add web-1 --manager systemd --service other --url http://web-1.test --yes --json',
    );

    assert.equal((await matchesSchema('node-add', joined.stdout))['did'], 'joined');
    assert.equal((await matchesSchema('node-add', known.stdout))['does'], 'known');
    assert.equal((await matchesSchema('node-add', adopted.stdout))['did'], 'adopted', adopted.stderr);
  });

  test('sets a cap to 0 that Octopus has given by itself', async () => {
    await using world = await startedWorld();
    world.bare('web-3', { registersWith: 5 });

    const { code, stderr } = await world.run(`${line} --yes`);

    assert.equal(code, 0, stderr);
    assert.match(stderr, /registered itself with a task cap of 5: setting it to 0/);
    const caps = (await world.journal()).filter((entry) => / cap(-after-start)? /.test(entry));
    assert.ok(
      caps.some((entry) => /cap-after-start 5 0/.test(entry)) && caps.some((entry) => /cap 0 8/.test(entry)),
      caps.join('\n'),
    );
  });

  test('says what it would do, and changes nothing', async () => {
    await using world = await startedWorld();
    const machine = world.bare('web-3');
    world.secrets.clear();

    const { code, stdout } = await world.run(`${line} --dry-run`);
    const { stdout: json } = await world.run(`${line} --dry-run --json`);

    assert.equal(code, 0);
    assert.match(stdout, /make a node of web-3[\s\S]*version +ok: Octopus Server 2025\.4\.1000[\s\S]*task cap to 8/);
    assert.match(stdout, /takes the connection string and the master key as arguments only/);
    assert.equal((await matchesSchema('node-add', json))['does'], 'join');
    assert.deepEqual(machine.effects, []);
    assert.equal(await world.count('octo_ha.operation'), 0);
  });

  test('adopts a node that is in the cluster, and leaves its machine alone', async () => {
    await using world = await startedWorld();

    const { code, stdout, stderr } = await world.run(
      'node add host-2 --name web-2 --manager systemd --service octopus --url http://web-2.test --yes',
    );

    assert.equal(code, 0, stderr);
    assert.match(stdout, /in the cluster already; where it is, is kept/);
    assert.deepEqual(world.machine('web-2').effects, []);
    assert.deepEqual((await world.flags())['web-2'], { draining: false, cap: 5 });
  });

  test("does not take the address of another node for a node's own", async () => {
    await using world = await startedWorld();

    const { code, stderr } = await world.run('node add web-2 --manager systemd --url http://web-1.test --yes');

    assert.equal(code, 3);
    assert.match(stderr, /http:\/\/web-1\.test is not web-2: its address answers as web-1/);
  });

  for (const [what, change, expected] of [
    [
      'another version',
      { version: '2024.1.5' },
      /version: Octopus Server 2024\.1\.5 is installed, and the cluster runs/,
    ],
    [
      'another platform',
      { survey: { platform: 'Windows', user: '0', free: '1', reach: 'open' } },
      /platform: it is Windows/,
    ],
    ['no rights', { survey: { platform: 'Linux', user: '1000', free: '52428800', reach: 'open' } }, /not root/],
    ['no room', { survey: { platform: 'Linux', user: '0', free: '1024', reach: 'open' } }, /disk: 0\.0 GiB free/],
    [
      'an instance of somebody else',
      { instance: { name: 'OctopusServer', nodeName: 'old', cap: 5 } },
      /octo-ha has not made/,
    ],
  ] as const) {
    test(`refuses a machine with ${what}`, async () => {
      await using world = await startedWorld();
      const machine: FakeMachine = world.bare('web-3');
      Object.assign(machine, change);

      const { code, stderr } = await world.run(`${line} --yes`);

      assert.equal(code, 3, stderr);
      assert.match(stderr, expected);
      assert.deepEqual(machine.effects, []);
    });
  }

  for (const [what, licence, code, expected] of [
    ['allows no more', { limits: [{ name: 'Nodes', limit: 2, usage: 2 }] }, 3, /allows 2 nodes, and 2 are online/],
    ['is exceeded', { compliant: false, summary: 'too many projects' }, 3, /exceeded already: too many projects/],
    ['has room', { limits: [{ name: 'Nodes', limit: 3, usage: 2 }] }, 0, /^/],
    ['has no limit', { limits: [{ name: 'Nodes', limit: 'unlimited', usage: 2 }] }, 0, /^/],
    ['does not tell', {}, 0, /warning: whether the licence allows web-\d is not known: the API does not tell/],
  ] as const) {
    test(`hears the licence that ${what}`, async () => {
      await using world = await startedWorld();
      world.bare('web-3');

      const { code: ended, stderr } = await world.run(`${line} --yes`, { api: licensed(licence) });

      assert.equal(ended, code, stderr);
      assert.match(stderr, expected);
    });
  }

  test('says so where nothing is known of the licence', async () => {
    await using world = await startedWorld();
    world.bare('web-3');

    const { stderr } = await world.run(`${line} --dry-run`);

    assert.match(stderr, /whether the licence allows web-3 is not known: no API key is configured/);
  });

  test('takes no secret itself, and does not repeat what was taken for a place', async () => {
    await using world = await startedWorld();

    const { code, stderr } = await world.run('node add web-3 --master-key bWFzdGVyLWtleS0xMjM0NQ==');

    assert.equal(code, 2);
    assert.doesNotMatch(stderr, /bWFz/);
    assert.match(stderr, /--master-key: this is no place of a secret/);
  });

  test('writes the master key nowhere', async () => {
    await using world = await startedWorld();
    world.bare('web-3');

    await world.run(`${line} --yes -v`);

    const everything = [...world.written, ...(await world.everyText())].join('\n');
    assert.ok(everything.includes('create-instance'));
    assert.ok(!everything.includes(masterKey));
    assert.ok(!everything.includes(Buffer.from(masterKey).toString('base64')));
  });

  test('tells the machine three secrets, and writes none of them anywhere', async () => {
    await using world = await startedWorld();
    const machine = world.bare('web-3');
    world.secrets.set('{"env":"SQL"}', 'sql;"geheim');
    world.secrets.set('{"env":"SVC"}', 'konto-geheim');
    const connection = '--connection Server=sql1;Database=Octopus;UID=octo --connection-password env:SQL';

    const { code, stderr } = await world.run(
      `${line} ${connection} --account CORP\\octopus --account-password env:SVC --yes -v`,
    );

    assert.equal(code, 0, stderr);
    assert.equal(machine.instance?.connection, 'Server=sql1;Database=Octopus;UID=octo;Password="sql;""geheim"');
    assert.deepEqual(machine.variables, { OCTOPUS_SERVICE_PASSWORD: 'konto-geheim' });
    const everything = [...world.written, ...(await world.everyText())].join('\n');
    assert.match(everything, /UID=octo|CORP/);
    for (const secret of [masterKey, 'geheim', '""geheim']) assert.ok(!everything.includes(secret), secret);
  });

  test('takes no connection string with a password in it', async () => {
    await using world = await startedWorld();

    const { code, stderr } = await world.run(`${line} --connection Server=s;Database=d;UID=u;Password=geheim`);

    assert.equal(code, 2);
    assert.match(stderr, /--connection holds a password[\s\S]*--connection-password env:VARIABLE/);
    assert.doesNotMatch(stderr, /geheim/);
  });

  for (const registersWith of [undefined, 5]) {
    test(`gives no task to a node that a check fails on, where it registers with ${registersWith ?? 'its own cap'}`, async () => {
      await using world = await startedWorld();
      const machine = world.bare('web-3', registersWith === undefined ? {} : { registersWith });
      // Its clock stands at 1970.
      machine.configured = { nodeName: 'web-3', databaseName: 'dbo.db' };

      const refused = await world.run(`${line} --yes`);
      const { cap: kept } = (await world.flags())['web-3'] ?? {};
      machine.configured = undefined;
      const second = await world.run(`${line} --yes`);

      assert.equal(refused.code, 6, refused.stderr);
      assert.match(refused.stderr, /failed: nodes\/clock: [\s\S]*web-3 serves, and gets no tasks yet: nodes\/clock/);
      assert.equal(kept, 0);
      assert.equal(second.code, 0, second.stderr);
      assert.deepEqual([machine.installations, (await world.flags())['web-3']?.cap], [1, 8]);
    });
  }

  test('does not make a second node of a service that is a node already', async () => {
    await using world = await startedWorld();

    const { code, stderr } = await world.run(
      'node add WEB-1 --name web-9 --manager systemd --service octopus --master-key env:KEY --yes',
    );

    assert.equal(code, 3, stderr);
    assert.match(stderr, /octopus on WEB-1 is the node web-1 already, and cannot become web-9 as well/);
    assert.deepEqual(world.machine('web-1').effects, []);
  });

  test('says what stands after Ctrl-C, and the command that goes on', async () => {
    await using world = await startedWorld();
    const machine = world.bare('web-3');
    const ending = new AbortController();
    const shell = (real: typeof machine.shell): typeof machine.shell => ({
      ...real,
      async run(bootstrap, document, signal) {
        if (machine.effects.includes('octopus node')) ending.abort(new Failure('interrupted', 'ended by SIGINT'));
        return await real.run(bootstrap, document, signal);
      },
    });

    const { code, stderr } = await world.run(`${line} --yes`, { shell, signal: ending.signal });
    const second = await world.run(`${line} --yes`);

    assert.equal(code, 130, stderr);
    assert.match(stderr, /ended by SIGINT; web-3 is made in part \(cap-before-start\), and gets no tasks \(operation/);
    assert.match(stderr, /Go on with it: +octo-ha node add web-3 --name web-3 .*\nGive it up: /);
    assert.equal(second.code, 0, second.stderr);
    assert.deepEqual([machine.installations, (await world.flags())['web-3']?.cap], [1, 8]);
  });

  test('goes on where the service did not come up, and makes nothing twice', async () => {
    await using world = await startedWorld();
    const machine = world.bare('web-3');
    world.pings.set('web-3', { status: 500, body: '' });
    const first = await world.run(`${line} --yes --service-timeout 1m`, {
      http: { send: async () => ({ status: 500, headers: {}, body: '' }) },
    });

    const second = await world.run(`${line} --yes`);

    assert.equal(first.code, 6, first.stderr);
    assert.match(
      first.stderr,
      /web-3 was started and does not serve[\s\S]*it gets no tasks[\s\S]*octo-ha node add web-3 /,
    );
    assert.equal(second.code, 0, second.stderr);
    assert.deepEqual([machine.installations, (await world.flags())['web-3']?.cap], [1, 8]);
  });
});
