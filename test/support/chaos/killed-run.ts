import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Libsql from 'libsql';
import { eventually } from '../eventually.js';
import { type Random, whole } from '../seeded.js';
import { changingCalls, effectsOn, type KillableLab } from './killable-lab.js';

export type Kind = 'drain' | 'restart' | 'decommission';
/**
 * What is killed: the command, the process that all machines are in, or the process of a node under the operation. The
 * database is not killed: somebody else locks its files for a while, so that nobody reaches it.
 */
export type Victim = 'command' | 'machines' | 'node' | 'database';

interface Scene {
  readonly kind: Kind;
  readonly line: string;
  /** Nodes under the operation, by their names. */
  readonly nodes: readonly string[];
}

/** What an operation leaves behind, in words that are the same for each run of it. */
interface Leavings {
  readonly nodes: readonly string[];
  readonly state: string;
  readonly journal: readonly string[];
  readonly audit: readonly string[];
  readonly holds: readonly string[];
  readonly machines: readonly { readonly effects: readonly string[]; readonly unit: unknown }[];
  readonly calls: readonly (readonly string[])[];
}

export interface KilledRuns {
  /** Rejects where it does not end as the undisturbed one. Answers with what it did. */
  run(random: Random, victim: Victim): Promise<string>;
  /** The most nodes that were out at once, in all runs; and how often it was looked. */
  readonly seen: { readonly mostOut: number; readonly looks: number };
  /** What the commands exited with that were disturbed so. */
  readonly codes: ReadonlyMap<Victim, readonly (number | null)[]>;
}

/**
 * Runs one kind of operation undisturbed, and prepares to run it again and again and have it killed. `cutFor` is how
 * many milliseconds the database is out of reach.
 */
export async function killedRuns(lab: KillableLab, kind: Kind, cutFor = 30_000): Promise<KilledRuns> {
  const seen = { mostOut: 0, looks: 0 };
  const codes = new Map<Victim, (number | null)[]>();
  let nodes = 3;
  await lab.up(nodes);

  async function scene(): Promise<Scene> {
    await lab.untilReady();
    await lab.ok('lab submit --count 4 --duration 300ms..1500ms');
    if (kind === 'drain') return { kind, line: 'node drain node-2 --yes', nodes: ['node-2'] };
    if (kind === 'restart') {
      const all = ['node-1', 'node-2', 'node-3'];
      return { kind, line: `node restart ${all.join(' ')} --yes`, nodes: all };
    }
    // A node that was taken out does not come back: each run takes out one that has just joined.
    await lab.up(++nodes);
    await lab.untilReady();
    const name = `node-${nodes}`;
    return { kind, line: `node decommission ${name} --confirm ${name}`, nodes: [name] };
  }

  const callsOf = (names: readonly string[]) => Promise.all(names.map((name) => changingCalls(lab.home, name)));

  async function leavings({ nodes: names }: Scene, before: readonly (readonly string[])[]): Promise<Leavings> {
    const role = (text: string) => (kind === 'decommission' ? text.replaceAll(names[0] ?? '', 'NODE') : text);
    const { id = '', state = '' } = (await lab.lastOperation()) ?? {};
    const inWords = async (sql: string) =>
      (await lab.rows(sql)).map((row) => role(Object.values(row).join(' '))).sort();
    // Which node comes first depends on who runs tasks: of each node, what was done to it in order.
    const steps = await lab.rows(
      `SELECT node_id, action, result FROM octo_ha.step WHERE operation_id = '${id}' ORDER BY number`,
    );
    const audit = await lab.rows(
      `SELECT node_id, action, before_value, after_value FROM octo_ha.audit WHERE operation_id = '${id}' ORDER BY at, id`,
    );
    const ofEach = (rows: typeof steps) =>
      names.flatMap((name) =>
        rows
          .filter((row) => row['node_id'] === `OctopusServerNodes-${name}`)
          .map((row) => role(Object.values(row).join(' '))),
      );
    const after = await callsOf(names);
    return {
      state,
      nodes: await inWords(
        "SELECT Name, IsInMaintenanceMode, MaxConcurrentTasks FROM dbo.OctopusServerNode WHERE Name IN ('node-1', 'node-2', 'node-3')" +
          ` OR Name IN (${names.map((name) => `'${name}'`).join(', ')})`,
      ),
      journal: ofEach(steps),
      audit: ofEach(audit),
      holds: await inWords('SELECT node_id, why FROM octo_ha.hold'),
      machines: await Promise.all(
        names.map(async (name) => ({
          effects: await effectsOn(lab.home, name, id),
          unit: JSON.parse(await readFile(join(lab.home, 'machines', name, 'unit.json'), 'utf8')),
        })),
      ),
      calls: after.map((calls, i) => calls.slice(before[i]?.length ?? 0)),
    };
  }

  async function reset(): Promise<void> {
    if (kind === 'drain') await lab.ok('node undrain node-2');
  }

  /** Has it finished by other processes, as a person would. */
  async function goOn({ line }: Scene, earlier: string | undefined, random: Random): Promise<readonly string[]> {
    const said: string[] = [];
    for (let attempt = 1; ; attempt++) {
      const last = await lab.lastOperation();
      const begun = last !== undefined && last.id !== earlier;
      if (begun && last.state === 'done') return said;
      const isLost = said.at(-1)?.includes('--rerun-step') === true;
      const resume = `operation resume ${last?.id}${isLost ? ' --rerun-step' : ''}`;
      const again = begun && (isLost || random() < 0.5) ? resume : line;
      const { code, stderr } = await lab.cli.run(`${again} --wait-lease 1m`);
      if (code === 0) return said;
      said.push(`${again} exited with ${code}: ${stderr}`);
      assert.ok(attempt < 6, said.join('\n'));
      await sleep(1_000);
    }
  }

  const first = await scene();
  const callsBefore = await callsOf(first.nodes);
  const began = Date.now();
  await lab.ok(first.line);
  const lasts = Date.now() - began;
  const goal = await leavings(first, callsBefore);
  await reset();

  return {
    seen,
    codes,
    async run(random, victim) {
      const now = await scene();
      const before = await callsOf(now.nodes);
      const earlier = (await lab.lastOperation())?.id;
      const moment = whole(random, 50, Math.round(lasts * 1.05));
      const did = `${kind}, ${victim} ${victim === 'database' ? `cut off for ${cutFor} ms` : 'killed'} after ${moment} of about ${lasts} ms`;
      let said: readonly string[];
      {
        await using watching = lab.watch();
        const { child, ended } = lab.cli.start(now.line);
        await Promise.race([sleep(moment), ended]);
        if (victim === 'command') child.kill('SIGKILL');
        else await strike(victim, now);
        const { code, stderr } = await ended;
        said = code === 0 ? [] : await goOn(now, earlier, random);
        const expected: readonly (number | null)[] | undefined = {
          command: [null, 0],
          database: [0, 7],
          machines: undefined,
          node: undefined,
        }[victim];
        assert.ok(expected?.includes(code) !== false, `${did}: it exited with ${code}: ${stderr}`);
        codes.set(victim, [...(codes.get(victim) ?? []), code]);
        seen.mostOut = Math.max(seen.mostOut, watching.mostOut);
        seen.looks += watching.looks;
        assert.ok(watching.mostOut <= 1, `${did}: ${watching.mostOut} nodes were out at once`);
      }
      const found = await leavings(now, before);
      const told = [did, ...said].join('\n');
      if (victim === 'command') assert.deepEqual(found, goal, told);
      else assert.deepEqual(withoutFailures(found), withoutFailures(goal), told);
      await reset();
      return did;
    },
  };

  async function strike(victim: Exclude<Victim, 'command'>, { nodes: names }: Scene): Promise<void> {
    if (victim === 'database') return await lockDatabase(lab.home, cutFor);
    const { nodes: processes, ssh } = await lab.status();
    const pid = victim === 'machines' ? ssh.pid : processes.find(({ name }) => names.includes(name))?.pid;
    // A node that is stopped at this moment has no process.
    if (pid) process.kill(pid, 'SIGKILL');
    // Its machine starts a node again by itself; the machines are somebody's to bring back.
    if (victim === 'machines') await lab.up(nodes);
  }
}

/** What failed when a machine went away was tried again: it is what was done that counts, and that each was done once. */
const withoutFailures = ({ journal, calls: _, ...rest }: Leavings) => ({
  ...rest,
  journal: journal.filter((step) => !step.endsWith(' failed')),
});

/** Another process that has both files for itself. */
async function lockDatabase(home: string, milliseconds: number): Promise<void> {
  const held = ['dbo', 'octo_ha'].map((name) => new Libsql(join(home, `database/${name}.db`), { timeout: 0 }));
  try {
    for (const file of held) await eventually(() => void file.exec('BEGIN EXCLUSIVE'), { every: 5 });
    await sleep(milliseconds);
  } finally {
    for (const file of held) file.close();
  }
}
