import type { Outcome } from '../../checks/outcome.js';
import type { Answers } from '../../configuration/answers.js';
import type { ClusterContext } from '../../configuration/configuration.js';
import type { Cluster } from '../../operations/cluster.js';
import type { SetupStep } from '../../setup/steps.js';
import type { Context } from '../context.js';

/** What is set up, from where. */
export interface Site {
  /** Its cluster is the one that is set up, also before the context file describes it. */
  readonly context: Context;
  /** What the cluster is called on this machine. */
  readonly name: string;
  readonly answers: Answers;
  readonly described: ClusterContext;
  /** The context file, or the environment, describes it already: nothing of it is written. */
  readonly isDescribed: boolean;
  readonly cluster: Cluster;
}

/** What a stage has found, and what it would do. */
export interface StagePlan {
  /** For a person, before anybody is asked. */
  readonly lines: readonly string[];
  /** What checks of doctor have said of it. */
  readonly outcomes?: readonly Outcome[];
  readonly steps: readonly SetupStep[];
}

export interface Stage {
  readonly title: string;
  /** Looks, and changes nothing. Rejects where the stage cannot be done as things stand. */
  plan(site: Site, signal: AbortSignal): Promise<StagePlan>;
}
