import assert from 'node:assert/strict';
import { type FaultLab, type Finding, faultLab, inWords } from '../support/chaos/fault-lab.js';
import { eventually } from '../support/eventually.js';
import { type Random, seeded } from '../support/seeded.js';
import type { Fault } from './faults/fault.js';
import { faults } from './faults/index.js';
import type { ChaosPart } from './part.js';

/** Findings that a person reads before anything else. */
const first = 3;

const named = ({ cause, node }: Fault, { id, node: about }: Finding): boolean =>
  id === cause && (node === undefined || about === node);

/**
 * Breaks one thing, has doctor name it among its first findings and nothing besides what comes of it, mends it, and has
 * doctor find nothing any more. Answers with its place among the findings.
 */
export async function findFault(lab: FaultLab, fault: Fault): Promise<number> {
  const { id, cause, follows = [] } = fault;
  const expected: readonly string[] = [cause, ...follows];
  const undo = await fault.inject(lab);
  let place = -1;
  try {
    await eventually(
      async () => {
        const found = await lab.findings(...(fault.asked?.(lab) ?? ['']));
        place = found.findIndex((finding) => named(fault, finding));
        const told = `${id}: doctor found ${inWords(found).join('; ') || 'nothing'}`;
        assert.ok(place >= 0 && place < first, told);
        assert.ok(
          found.every((finding) => expected.includes(finding.id)),
          told,
        );
      },
      { within: 90_000, every: 200 },
    );
  } finally {
    await undo();
  }
  await lab.healthy();
  return place + 1;
}

interface Tried {
  readonly fault: Fault;
  /** Place among the findings; `undefined` where it was not tried or not named. */
  readonly place?: number;
  readonly failed?: string;
  readonly missing?: string;
}

/** Tries doctor with the whole catalogue in a random order, and tells how it fared on a page of its own. */
export const faultsNamed: ChaosPart = async ({ seed, say }) => {
  const tried: Tried[] = [];
  let lab = await faultLab();
  try {
    for (const fault of shuffled(faults, seeded(seed))) {
      const missing = fault.missing?.();
      if (missing !== undefined) {
        tried.push({ fault, missing });
        continue;
      }
      try {
        const place = await findFault(lab, fault);
        tried.push({ fault, place });
        say(`fault ${tried.length} of ${faults.length}: ${fault.id}: finding ${place}`);
      } catch (error) {
        const failed = (error as Error).message;
        tried.push({ fault, failed });
        say(`FAILED fault ${fault.id}: ${failed}`);
        // What it left behind is nobody else's fault.
        await lab[Symbol.asyncDispose]();
        lab = await faultLab();
      }
    }
  } finally {
    await lab[Symbol.asyncDispose]();
  }
  const places = (wanted: number) => tried.filter(({ place }) => place === wanted).length;
  const left = tried.filter(({ missing }) => missing !== undefined);
  const result = {
    name: 'faults that doctor has to name',
    runs: tried.length - left.length,
    failed: tried.flatMap(({ failed }) => (failed === undefined ? [] : [failed])),
    notes: [
      `first finding ${places(1)}, second ${places(2)}, third ${places(3)}`,
      ...left.map(({ fault, missing }) => `${fault.id} not tried: ${missing}`),
    ],
  };
  return { results: [result], measured: [{ page: 'docs/faults.md', text: tableOf(tried, seed) }] };
};

function shuffled<T>(all: readonly T[], random: Random): readonly T[] {
  return all
    .map((one) => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

function tableOf(tried: readonly Tried[], seed: number): string {
  const rows = faults.map((fault) => {
    const { place, failed, missing } = tried.find((one) => one.fault === fault) ?? {};
    const result = missing ?? (failed === undefined ? `finding ${place}` : '**not named**');
    return `| ${fault.what} | \`${fault.cause}\` | ${result} |`;
  });
  const done = tried.filter(({ missing }) => missing === undefined);
  const failed = done.filter((one) => one.failed !== undefined).length;
  return [
    `Seed ${seed}, ${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${process.platform}: ${done.length} faults, ${failed} not named.`,
    '',
    '| what is broken | the cause, by its check | named as |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
}
