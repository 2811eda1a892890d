import assert from 'node:assert/strict';
import { type Kill, killedAt } from '../killed-at.js';
import { pick, type Random, seeded, whole } from '../seeded.js';
import { World } from '../world.js';

const names = ['web-1', 'web-2', 'web-3'];

const lines = [
  'node drain web-2 --yes',
  'node restart --all --yes',
  'node restart web-3 web-1 --yes --while-stopped true --reboot',
  'node stop web-2 --yes',
  'node decommission web-2 --confirm web-2',
] as const;

/** A cluster in which tasks run and come, the same for the same numbers. */
async function startedWorld(random: Random): Promise<World> {
  const world = await World.create(names.map((name) => ({ name, version: '2025.4.1000' })));
  const tasks = whole(random, 0, 4);
  for (let i = 1; i <= tasks; i++) {
    const id = `ServerTasks-${i}`;
    await world.addTask({ id, state: 'Executing', node: pick(random, ['web-1', 'web-2', 'web-3']) });
    world.in(whole(random, 1_000, 200_000), () => world.endTask(id));
  }
  return world;
}

/** Everything that an operation leaves behind, and what it did to each machine. */
async function leavings(world: World) {
  const machines = names.map((name) => {
    const { effects, service, start } = world.machine(name);
    return { name, effects, service, start };
  });
  return { flags: await world.flags(), journal: await world.journal(), machines };
}

async function mustBeAtMostOneOut(world: World): Promise<void> {
  const flags = await world.flags();
  const out = names.filter((name) => flags[name]?.draining === true || world.machine(name).service === 'inactive');
  assert.ok(out.length <= 1, `${out.join(' and ')} are out at once`);
}

/** Looks at the whole cluster before every call that changes something. */
const watching = (world: World, kill: Kill): Pick<Kill, 'session' | 'shell'> => ({
  session: (real) => {
    const session = kill.session(real);
    return {
      ...session,
      async change(steps, signal) {
        await mustBeAtMostOneOut(world);
        return await session.change(steps, signal);
      },
    };
  },
  shell: (real) => {
    const shell = kill.shell(real);
    return {
      ...shell,
      async run(bootstrap, document, signal) {
        await mustBeAtMostOneOut(world);
        return await shell.run(bootstrap, document, signal);
      },
    };
  },
});

async function lastOperation(world: World): Promise<{ id: string; state: string } | undefined> {
  const { stdout } = await world.run('operation list --json');
  const { operations } = JSON.parse(stdout) as { operations: { id: string; state: string }[] };
  return operations[0];
}

/**
 * One operation over a manual clock, killed at one to three random calls that change something, each time gone on with
 * by another process. Ends as the same operation does undisturbed, or rejects. Answers with what it did.
 */
export async function worldRun(seed: number): Promise<string> {
  const random = seeded(seed);
  const line = pick(random, lines);
  const world = whole(random, 0, 2 ** 31);
  await using undisturbed = await startedWorld(seeded(world));
  const counting = killedAt(Number.POSITIVE_INFINITY, 'before');
  const first = await undisturbed.run(line, watching(undisturbed, counting));
  assert.equal(first.code, 0, `undisturbed: ${first.stderr}`);

  await using killed = await startedWorld(seeded(world));
  const kills = whole(random, 1, 3);
  const did: string[] = [line];
  let again: string = line;
  // The last two calls journal the end and give the lease back: after them it is done, and the same command is another.
  let calls = counting.calls - 2;
  for (let pid = 1; ; pid++) {
    const isKilled = pid <= kills && calls > 0;
    const when = pick<'before' | 'after'>(random, ['before', 'after']);
    const boundary = isKilled ? whole(random, 0, calls - 1) : Number.POSITIVE_INFINITY;
    const kill = killedAt(boundary, when);
    const identity = { who: `anna@desk`, pid };
    const { code, stderr } = await killed.run(again, { identity, ...watching(killed, kill) });
    did.push(isKilled ? `killed ${when} call ${boundary + 1}` : again);
    if (!isKilled || kill.calls <= boundary) {
      assert.equal(code, 0, `${did.join(', ')}: ${stderr}`);
      break;
    }
    assert.equal(code, 70, `${did.join(', ')}: the kill was not felt: ${stderr}`);
    killed.dead.add(pid);
    // A process that goes on has fewer calls left than the undisturbed one.
    calls = Math.min(calls, Math.max(0, calls - boundary));
    const last = await lastOperation(killed);
    if (last?.state === 'done') break;
    again = last !== undefined && random() < 0.5 ? `operation resume ${last.id}` : line;
  }
  assert.deepEqual(await leavings(killed), await leavings(undisturbed), did.join(', '));
  return did.join(', ');
}
