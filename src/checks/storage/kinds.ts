import { type ClusterCheck, type Judging, skip, type Verdict } from '../check.js';
import type { World } from '../world.js';
import type { StorageFacts } from './facts.js';
import type { SharedProof } from './nodes/prove-shared.js';

type Text = Omit<ClusterCheck, 'kind' | 'run'>;

/** Milliseconds for one visit; 8 MiB go there and back. */
export const visitWithin = 120_000;

/** Milliseconds for the proof among all nodes. */
export const proofWithin = 300_000;

export const notNamed =
  'the context does not say where this machine finds the shared folder (storage.folder; octo-ha init keeps it)';

const judging = ({ limits, clock }: World): Judging => ({ limits, now: new Date(clock.now()) });

/** From one visit to the shared folder. What only a server has is skipped in a lab. */
export const folderCheck = <T extends Text & { judge(facts: StorageFacts, judging: Judging): Verdict }>(
  check: T & { readonly ofServer?: boolean },
): T & ClusterCheck => ({
  deadline: visitWithin,
  ...check,
  kind: 'cluster',
  async run(world, signal) {
    if (check.ofServer === true && world.engine === 'sqlite')
      return skip('the share of a lab is a folder of this machine');
    const facts = await world.storage(signal);
    return facts === undefined ? skip(notNamed) : check.judge(facts, judging(world));
  },
});

/** From what the nodes write, see and lock in the shared folder. */
export const proofCheck = <T extends Text & { judge(proof: SharedProof, judging: Judging): Verdict }>(
  check: T & { readonly ofMachine?: boolean },
): T & ClusterCheck => ({
  needs: ['database/reachable'],
  deadline: proofWithin,
  ...check,
  kind: 'cluster',
  async run(world, signal) {
    if (check.ofMachine === true && world.engine === 'sqlite') return skip('the machines of a lab are all this one');
    if (!world.probing) return skip(probeFirst);
    const proof = await world.sharedProof(signal);
    return 'because' in proof ? skip(proof.because) : check.judge(proof, judging(world));
  },
});

const probeFirst = 'nodes would write files and lock them, and remove them again: octo-ha doctor --probe';
