import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Libsql from 'libsql';
import { eventually } from '../eventually.js';
import { type Random, whole } from '../seeded.js';
import type { KillableLab } from './killable-lab.js';
import { callsOf, type Leavings, leavingsOf, type Scene, withoutFailures } from './leavings.js';

export interface Cutting extends Scene {
  /** It certainly goes on after any of so many steps. */
  readonly steps: number;
  /** Milliseconds that it certainly still takes after any of these steps. */
  readonly lasts: number;
  /** Where it is over within milliseconds, and may have ended before it is cut off: how it is made to begin anew. */
  readonly undo?: string;
}

const two = { nodes: ['node-2'] };

/** Each kind of operation, in two series of which each can be had by a lab of its own. */
export const series: readonly (readonly Cutting[])[] = [
  [
    { ...two, line: 'node drain node-2 --yes', steps: 1, lasts: 1_000 },
    { ...two, line: 'node undrain node-2', steps: 1, lasts: 0, undo: 'node drain node-2 --yes' },
    { ...two, line: 'node cap node-2 3 --yes', steps: 1, lasts: 0, undo: 'node cap node-2 5' },
    { ...two, line: 'node restart node-2 --yes', steps: 8, lasts: 0 },
  ],
  [
    { ...two, line: 'node stop node-2 --yes', steps: 4, lasts: 0 },
    { ...two, line: 'node start node-2 --yes', steps: 3, lasts: 0 },
    { nodes: ['node-3'], line: 'node decommission node-3 --confirm node-3', steps: 5, lasts: 0 },
  ],
];

/** A lab in which nothing else happens, so that each operation finds what it needs. */
export async function quietLab(lab: KillableLab): Promise<void> {
  await lab.up(3);
  await lab.untilReady();
}

/** A series with nothing in its way: what each of its operations leaves behind. */
export async function uncut(lab: KillableLab, operations: readonly Cutting[]): Promise<readonly Leavings[]> {
  const left: Leavings[] = [];
  for (const operation of operations) {
    const before = await callsOf(lab, operation);
    await lab.ok(operation.line);
    left.push(withoutFailures(await leavingsOf(lab, operation, before)));
  }
  return left;
}

/**
 * One operation, with the database out of reach for a while in its middle: another process has both its files for
 * itself. Rejects unless it goes on, or exits 7 and is finished by `operation resume`. Answers with its exit code.
 * `words` are more words of the command line.
 */
export async function cutRun(
  lab: KillableLab,
  operation: Cutting,
  random: Random,
  { cutFor, words }: { readonly cutFor: number; readonly words: string },
): Promise<{ readonly code: number; readonly found: Leavings; readonly told: string }> {
  const { line, steps, lasts, undo } = operation;
  for (let attempt = 1; ; attempt++) {
    const before = await callsOf(lab, operation);
    const earlier = (await lab.lastOperation())?.id ?? '';
    const moment = { steps: whole(random, 1, steps), after: whole(random, 0, lasts) };
    await using watching = lab.watch();
    const { child, ended } = lab.cli.start(`${line} ${words}`);
    const isCut = await cutOff(lab.home, earlier, { ...moment, isShort: undo !== undefined }, cutFor, child);
    const { code, stderr } = await ended;
    const told = `${line}, cut off for ${cutFor} ms at step ${moment.steps} of ${steps}: it exited with ${code}`;
    if (!isCut) {
      assert.ok(undo !== undefined && attempt < 20, `${line} has ended before it was cut off: ${code}: ${stderr}`);
      await lab.ok(undo);
      continue;
    }
    assert.ok(code === 0 || code === 7, `${told}: ${stderr}`);
    const { id = '' } = (await lab.lastOperation()) ?? {};
    if (code === 7) await lab.ok(`operation resume ${id} --wait-lease 1m`);
    assert.ok(watching.mostOut <= 1, `${told}: ${watching.mostOut} nodes were out at once`);
    return { code, found: withoutFailures(await leavingsOf(lab, operation, before)), told };
  }
}

/** `false` where the operation had ended before nobody could reach the database. */
async function cutOff(
  home: string,
  earlier: string,
  moment: { readonly steps: number; readonly after: number; readonly isShort: boolean },
  milliseconds: number,
  child: ChildProcess,
): Promise<boolean> {
  const open = (name: string) => new Libsql(join(home, `database/${name}.db`), { timeout: 0 });
  const [own, octopus] = [open('octo_ha'), open('dbo')];
  const isUnderWay = () => {
    const newest = own.prepare(
      `SELECT o.state AS state, (SELECT COUNT(*) FROM step AS s WHERE s.operation_id = o.id) AS steps
        FROM operation AS o WHERE o.id <> ? ORDER BY o.started DESC, o.id DESC LIMIT 1`,
    );
    const [now] = newest.all([earlier]) as { readonly state: string; readonly steps: number }[];
    return now?.state === 'running' && now.steps >= moment.steps;
  };
  /** The file is waited for before a prepared statement, which would keep it where it finds it locked. */
  const hasComeSoFar = () => {
    try {
      own.exec('BEGIN; SELECT 1 FROM sqlite_master LIMIT 1');
      return isUnderWay();
    } catch {
      return false;
    } finally {
      rollBack(own);
    }
  };
  /** A process that stands still in the midst of a call has to come out of it first. */
  const lock = (file: typeof own): void => {
    try {
      file.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      if (moment.isShort) letRun(child);
      throw error;
    }
  };
  try {
    while (!hasComeSoFar()) {
      if (child.exitCode !== null) return false;
      if (moment.isShort) letRun(child);
      await sleep(1);
    }
    await sleep(moment.after);
    await eventually(() => lock(own), { every: 1 });
    if (!isUnderWay()) return false;
    await eventually(() => lock(octopus), { every: 1 });
    child.kill('SIGCONT');
    await sleep(milliseconds);
    return true;
  } finally {
    child.kill('SIGCONT');
    for (const file of [own, octopus]) {
      rollBack(file);
      file.close();
    }
  }
}

function rollBack(file: { exec(sql: string): unknown }): void {
  try {
    file.exec('ROLLBACK');
  } catch {
    // Nothing was begun.
  }
}

/** For two milliseconds, after which it stands still again, whatever else this process has to do. */
function letRun(child: ChildProcess): void {
  child.kill('SIGCONT');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
  child.kill('SIGSTOP');
}
