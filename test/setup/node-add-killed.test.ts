import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { killedAt } from '../support/killed-at.js';
import { World } from '../support/world.js';

const version = '2025.4.1000';
const line =
  'node add web-3 --manager systemd --service octopus --url http://web-3.test --master-key env:KEY --cap 8 --yes';

async function startedWorld(registersWith?: number): Promise<World> {
  const world = await World.create(['web-1', 'web-2'].map((name) => ({ name, version })));
  world.secrets.set('{"env":"KEY"}', 'bWFzdGVyLWtleS0xMjM0NQ==');
  world.bare('web-3', registersWith === undefined ? {} : { registersWith });
  return world;
}

/** Everything that it leaves behind, and what it did to the machine. */
async function leavings(world: World) {
  const { effects, service, instance, installations } = world.machine('web-3');
  return {
    ...{ effects, service, instance, installations },
    flags: await world.flags(),
    journal: await world.journal(),
    nodes: await world.count('dbo.OctopusServerNode'),
    addresses: await world.count('octo_ha.machine'),
  };
}

for (const registersWith of [undefined, 5]) {
  describe(`node add, killed and run again, where it registers with ${registersWith ?? 'its own cap'}`, async () => {
    const undisturbed = killedAt(Number.POSITIVE_INFINITY, 'before');
    await using world = await startedWorld(registersWith);
    const first = await world.run(line, undisturbed);
    assert.equal(first.code, 0, first.stderr);
    const goal = await leavings(world);
    assert.deepEqual([goal.nodes, goal.installations], [3, 1]);

    // The last two calls journal the end and give the lease back.
    const boundaries = undisturbed.calls - 1;
    for (const when of ['before', 'after'] as const) {
      test(`ends as an undisturbed one, ${when} each of ${boundaries} calls`, async () => {
        for (let boundary = 0; boundary < boundaries - (when === 'after' ? 1 : 0); boundary++) {
          await using killed = await startedWorld(registersWith);
          const { code } = await killed.run(line, killedAt(boundary, when));
          assert.equal(code, 70, `the kill ${when} call ${boundary} was not felt`);
          const cap = (await killed.flags())['web-3']?.cap;
          const isReady = (await killed.journal()).some((entry) => / cap done$/.test(entry));
          if (registersWith === undefined) assert.ok(cap === undefined || cap === 0 || isReady, `call ${boundary}`);

          killed.dead.add(1);
          const second = await killed.run(line, { identity: { who: 'bob@desk', pid: 2 } });

          assert.equal(second.code, 0, `${when} call ${boundary}: ${second.stderr}`);
          assert.deepEqual(await leavings(killed), goal, `${when} call ${boundary}`);
        }
      });
    }
  });
}

describe('a step of node add whose outcome is not known', () => {
  test('is for a person to judge', async () => {
    await using world = await startedWorld();
    const machine = world.machine('web-3');
    let lost = '';
    const shell = (real: typeof machine.shell) => ({
      ...real,
      run: async (...[bootstrap, document, signal]: Parameters<typeof real.run>) => {
        const { operation, step, verb } = JSON.parse(document);
        const answer = await real.run(bootstrap, document, signal);
        if (verb !== 'run' || step !== '2') return answer;
        machine.lose(operation, step);
        lost = operation;
        return await real.run(bootstrap, document, signal);
      },
    });

    const first = await world.run(line, { shell });
    const second = await world.run(line, { shell });
    const resumed = await world.run(`operation resume ${lost}`);
    const third = await world.run(`${line} --rerun-step`);

    assert.deepEqual([first.code, second.code, third.code], [7, 7, 0], third.stderr);
    assert.equal(resumed.code, 2);
    assert.match(
      resumed.stderr,
      /Run the command again that began it: octo-ha node add web-3 --name web-3 --manager systemd --service octopus --instance OctopusServer --url http:\/\/web-3.test --cap 8 --master-key PLACE/,
    );
  });
});
