import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { changingCalls, effectsOn, type KillableLab } from './killable-lab.js';

/** An operation over a lab, and the nodes that it is about by their names. */
export interface Scene {
  readonly line: string;
  readonly nodes: readonly string[];
}

/** What an operation leaves behind, in words that are the same for each run of it. */
export interface Leavings {
  readonly nodes: readonly string[];
  readonly state: string;
  readonly journal: readonly string[];
  readonly audit: readonly string[];
  readonly holds: readonly string[];
  readonly machines: readonly { readonly effects: readonly string[]; readonly unit: unknown }[];
  readonly calls: readonly (readonly string[])[];
}

/** What was called on each of these machines so far. */
export type Calls = readonly (readonly string[])[];

export const callsOf = ({ home }: KillableLab, { nodes }: Scene): Promise<Calls> =>
  Promise.all(nodes.map((name) => changingCalls(home, name)));

/** What the newest operation has left behind. A node that only this run had is called NODE. */
export async function leavingsOf(lab: KillableLab, scene: Scene, before: Calls): Promise<Leavings> {
  const { nodes: names } = scene;
  const first = ['node-1', 'node-2', 'node-3'];
  const role = (text: string) =>
    names.reduce((said, name) => (first.includes(name) ? said : said.replaceAll(name, 'NODE')), text);
  const listed = (all: readonly string[]) => all.map((name) => `'${name}'`).join(', ');
  const { id = '', state = '' } = (await lab.lastOperation()) ?? {};
  const inWords = async (sql: string) => (await lab.rows(sql)).map((row) => role(Object.values(row).join(' '))).sort();
  const steps = await lab.rows(
    `SELECT node_id, action, result FROM octo_ha.step WHERE operation_id = '${id}' ORDER BY number`,
  );
  const audit = await lab.rows(
    `SELECT node_id, action, before_value, after_value FROM octo_ha.audit WHERE operation_id = '${id}' ORDER BY at, id`,
  );
  // Which node comes first depends on who runs tasks: of each node, what was done to it in order.
  const ofEach = (rows: typeof steps) =>
    names.flatMap((name) =>
      rows
        .filter((row) => row['node_id'] === `OctopusServerNodes-${name}`)
        .map((row) => role(Object.values(row).join(' '))),
    );
  const after = await callsOf(lab, scene);
  return {
    state,
    nodes: await inWords(
      `SELECT Name, IsInMaintenanceMode, MaxConcurrentTasks FROM dbo.OctopusServerNode
        WHERE Name IN (${listed([...first, ...names])})`,
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

/** What failed while something was out of reach was tried again: it is what was done that counts, and each thing once. */
export const withoutFailures = (left: Leavings): Leavings => ({
  ...left,
  calls: [],
  journal: left.journal.filter((step) => !step.endsWith(' failed')),
});
