import type { Engine } from './engines.js';
import { World } from './world.js';

const names = ['web-1', 'web-2', 'web-3'];

/** Each kind of operation, in an order in which each finds what it needs. */
export const everyOperation = [
  'node drain web-2 --yes',
  'node undrain web-2',
  'node cap web-2 3 --yes',
  'node restart --all --yes',
  'node stop web-2 --yes',
  'node start web-2 --yes',
  'node decommission web-2 --confirm web-2',
] as const;

/** Three nodes, of which one has a task for a while. */
export async function busyWorld(engine?: Engine): Promise<World> {
  const world = await World.create(
    names.map((name) => ({ name, version: '2025.4.1000' })),
    engine,
  );
  await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
  world.in(50_000, () => world.endTask('ServerTasks-1'));
  return world;
}

/** Everything that operations leave behind. */
export const leavings = async (world: World) => ({
  flags: await world.flags(),
  journal: await world.journal(),
  machines: names.map((name) => {
    const { effects, service, start } = world.machine(name);
    return { effects: [...effects], service, start };
  }),
});
