import type { CheckId } from '../../../src/checks/check.js';
import type { FaultLab, Undo } from '../../support/chaos/fault-lab.js';

/** Something that goes wrong in a cluster, and how doctor has to name it. */
export interface Fault {
  readonly id: string;
  /** A sentence without a full stop. */
  readonly what: string;
  /** The check that names the cause, which has to be among the first three findings. */
  readonly cause: CheckId;
  /** The node that the finding has to be about, where the cause is a node's. */
  readonly node?: string;
  /** What comes of it and may be found as well. Anything else is a finding too many. */
  readonly follows?: readonly CheckId[];
  /** How doctor is asked, where it has to look closer or from other surroundings. */
  asked?(lab: FaultLab): readonly [options: string, within?: readonly string[]];
  /** Why it cannot be injected here. */
  missing?(): string | undefined;
  /** Breaks something for real. */
  inject(lab: FaultLab): Promise<Undo>;
}
