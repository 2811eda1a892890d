import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { pick, type Random } from '../seeded.js';
import { changingCalls, type KillableLab } from './killable-lab.js';
import { standStill } from './stand-still.js';

type Pair = readonly [string, string];

const lines: readonly [Pair, ...Pair[]] = [
  ['node drain node-1 --yes', 'node drain node-2 --yes'],
  ['node drain node-1 --yes', 'node drain node-1 --yes'],
  ['node restart node-1 --yes', 'node restart node-2 --yes'],
  ['node drain node-2 --yes', 'node restart --all --yes'],
];

export interface Contest {
  /** Two processes that start an operation each at the same moment. Rejects unless one runs and the other is refused. */
  round(random: Random): Promise<void>;
}

/** A lab whose nodes never become idle, so that whoever gets the cluster keeps it until it is asked to stop. */
export async function contest(lab: KillableLab): Promise<Contest> {
  // Caps that no guard minds: it is the lease that has to refuse.
  await lab.up(3, 20);
  await lab.untilReady();
  for (
    const busy = "SELECT DISTINCT ServerNodeId FROM dbo.ServerTask WHERE State = 'Executing'";
    (await lab.rows(busy)).length < 3;
  ) {
    await lab.ok('lab submit --count 1 --duration 3h..4h');
    await sleep(200);
  }
  const everything = async () => ({
    nodes: await lab.rows('SELECT Name, IsInMaintenanceMode, MaxConcurrentTasks FROM dbo.OctopusServerNode'),
    operations: await lab.rows('SELECT id, state FROM octo_ha.operation ORDER BY id'),
    steps: await lab.rows('SELECT operation_id, number, result FROM octo_ha.step'),
    audit: await lab.rows('SELECT id FROM octo_ha.audit'),
  });

  return {
    async round(random) {
      const before = await everything();
      const racing = pick(random, lines).map((line) => ({ line, ...lab.cli.start(line) }));
      const told = () => racing.map(({ line }) => line).join(' | ');
      const first = await Promise.race(racing.map(async (one) => ({ one, ended: await one.ended })));
      const other = racing.find((one) => one !== first.one);
      assert.ok(other);
      assert.equal(first.ended.code, 8, `${told()}: ${first.ended.stderr}`);
      const between = await everything();
      // The other may be about to begin; what it has begun is all that there is.
      const isFresh = (row: { readonly [column: string]: unknown }) =>
        !before.operations.some((old) => old['id'] === row['id']);
      assert.ok(between.operations.filter(isFresh).length <= 1, `${told()}: two operations were begun`);
      await untilItHolds(lab);
      other.child.kill('SIGINT');
      const { code, stderr } = await other.ended;
      assert.equal(code, 130, `${told()}: ${stderr}`);
      const after = await everything();
      const [own] = after.operations.filter(isFresh);
      assert.equal(after.operations.filter(isFresh).length, 1, told());
      assert.ok(
        after.steps.every(
          (row) =>
            row['operation_id'] === own?.['id'] ||
            before.steps.some((old) => old['operation_id'] === row['operation_id']),
        ),
      );
      await lab.ok(`operation abort ${own?.['id']} --yes`);
      const { nodes } = await everything();
      assert.deepEqual(nodes, before.nodes, told());
    },
  };
}

/** Until an operation has the cluster and has drained its node. */
async function untilItHolds(lab: KillableLab): Promise<void> {
  for (const until = Date.now() + 60_000; ; await sleep(50)) {
    const [row] = await lab.rows('SELECT COUNT(*) AS n FROM dbo.OctopusServerNode WHERE IsInMaintenanceMode = 1');
    if (row?.['n'] === 1) return;
    assert.ok(Date.now() < until, 'nobody drains a node');
  }
}

/**
 * An owner of a restart that stands still longer than its lease, from the moment on at which it has begun so many steps,
 * is overtaken by another process. When it goes on it must find that out at its next write, and change nothing.
 */
export async function stoppedOwner(lab: KillableLab, restarted: string, steps: number): Promise<void> {
  await lab.untilReady();
  const earlier = (await lab.lastOperation())?.id;
  // A ping in the midst of which it is stopped is a request under way for as long as it stands still.
  const owner = lab.cli.start(`node restart ${restarted} --yes --request-grace 3s`);
  await lab.untilSteps(earlier, steps, owner.ended);
  await using _owner = { [Symbol.asyncDispose]: async () => void owner.child.kill('SIGKILL') };
  assert.ok(owner.child.pid !== undefined);
  await standStill(lab.home, owner.child.pid);
  const { id } = (await lab.lastOperation()) ?? {};
  const overtaken = await lab.cli.run(`operation resume ${id} --wait-lease 2m`);
  assert.equal(overtaken.code, 0, overtaken.stderr);
  const tables = ['octo_ha.lease', 'octo_ha.operation', 'octo_ha.step', 'octo_ha.audit', 'octo_ha.hold'];
  const everything = async () => ({
    rows: [
      ...(await Promise.all(tables.map((table) => lab.rows(`SELECT * FROM ${table}`)))),
      await lab.rows('SELECT Name, IsInMaintenanceMode, MaxConcurrentTasks FROM dbo.OctopusServerNode ORDER BY Name'),
    ],
    calls: await Promise.all(['node-1', 'node-2', 'node-3'].map((name) => changingCalls(lab.home, name))),
  });
  const finished = await everything();

  owner.child.kill('SIGCONT');
  const ended = await owner.ended;

  // By its lease, by what the other has done with the node, or by the machine where it was about to act there.
  assert.ok(ended.code === 6 || ended.code === 8, ended.stderr);
  assert.match(ended.stderr, /was taken over|somebody else undrained node-2|has taken over (the machine of )?node-2/);
  assert.deepEqual(await everything(), finished);
}
