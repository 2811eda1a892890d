import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { pick, type Random, whole } from '../seeded.js';
import type { KillableLab } from './killable-lab.js';
import { callsOf, type Leavings, leavingsOf, type Scene, withoutFailures } from './leavings.js';

export type Kind = 'drain' | 'restart' | 'decommission';

/** What is killed: the command, the process that all machines are in, or the process of a node under the operation. */
export type Victim = 'command' | 'machines' | 'node';

/** What is seen of all runs of a kind. */
export interface Seen {
  /** The most nodes that were out at once, and how often it was looked. */
  mostOut: number;
  looks: number;
}

/** About so many steps does an operation of this kind journal in all. */
const steps = { drain: 1, restart: 33, decommission: 7 } as const satisfies Record<Kind, number>;

async function sceneOf(lab: KillableLab, kind: Kind): Promise<Scene> {
  await lab.untilReady();
  await lab.ok('lab submit --count 4 --duration 300ms..1500ms');
  if (kind === 'drain') return { line: 'node drain node-2 --yes', nodes: ['node-2'] };
  if (kind === 'restart') {
    const nodes = ['node-1', 'node-2', 'node-3'];
    return { line: `node restart ${nodes.join(' ')} --yes`, nodes };
  }
  // A node that was taken out does not come back: each run takes out one that has just joined.
  const count = (await lab.status()).nodes.length + 1;
  await lab.up(count);
  await lab.untilReady();
  const name = `node-${count}`;
  return { line: `node decommission ${name} --confirm ${name}`, nodes: [name] };
}

/** So that the next run finds the lab as this one did. */
async function reset(lab: KillableLab, kind: Kind): Promise<void> {
  if (kind === 'drain') await lab.ok('node undrain node-2');
}

/** One kind of operation with nothing in its way: what it leaves behind. */
export async function undisturbed(lab: KillableLab, kind: Kind): Promise<Leavings> {
  const scene = await sceneOf(lab, kind);
  const before = await callsOf(lab, scene);
  await lab.ok(scene.line);
  const left = await leavingsOf(lab, scene, before);
  await reset(lab, kind);
  return left;
}

/**
 * The same with a kill at a random moment: so many milliseconds after so many of its steps stand in the journal. Then
 * other processes finish it. Rejects where it does not end as the undisturbed one. Answers with what it did.
 */
export async function killedRun(
  lab: KillableLab,
  kind: Kind,
  victim: Victim,
  random: Random,
  goal: Leavings | Promise<Leavings>,
  seen: Seen,
): Promise<string> {
  const scene = await sceneOf(lab, kind);
  const before = await callsOf(lab, scene);
  const earlier = (await lab.lastOperation())?.id;
  const moment = { steps: whole(random, 0, steps[kind]), after: whole(random, 0, 1_500) };
  const did = `${kind}, ${victim} killed ${moment.after} ms after ${moment.steps} of about ${steps[kind]} steps`;
  let said: readonly string[];
  {
    await using watching = lab.watch(victim === 'command' ? 'rows and pings' : 'rows');
    const { child, ended } = lab.cli.start(scene.line);
    await lab.untilSteps(earlier, moment.steps, ended);
    await Promise.race([sleep(moment.after), ended]);
    if (victim === 'command') child.kill('SIGKILL');
    else await strike(lab, victim, scene, random);
    const { code, stderr } = await ended;
    if (victim === 'command') assert.ok(code === null || code === 0, `${did}: it exited with ${code}: ${stderr}`);
    said = code === 0 ? [] : [`it exited with ${code}: ${stderr}`, ...(await goOn(lab, scene, earlier, random))];
    seen.mostOut = Math.max(seen.mostOut, watching.mostOut);
    seen.looks += watching.looks;
    assert.ok(watching.mostOut <= 1, `${did}: ${watching.mostOut} nodes were out at once`);
  }
  const found = await leavingsOf(lab, scene, before);
  const told = [did, ...said].join('\n');
  if (victim === 'command') assert.deepEqual(found, await goal, told);
  else assert.deepEqual(withoutFailures(found), withoutFailures(await goal), told);
  await reset(lab, kind);
  return did;
}

async function strike(
  lab: KillableLab,
  victim: Exclude<Victim, 'command'>,
  { nodes: names }: Scene,
  random: Random,
): Promise<void> {
  const { nodes, ssh } = await lab.status();
  const name = pick(random, names as [string, ...string[]]);
  const pid = victim === 'machines' ? ssh.pid : nodes.find((node) => node.name === name)?.pid;
  // A node that is stopped at this moment has no process.
  if (pid) process.kill(pid, 'SIGKILL');
  // Its machine starts a node again by itself; the machines are somebody's to bring back.
  if (victim === 'machines') await lab.up(nodes.length);
}

/** Has it finished by other processes, as a person would. */
async function goOn(
  lab: KillableLab,
  { line }: Scene,
  earlier: string | undefined,
  random: Random,
): Promise<readonly string[]> {
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
