/** A piece of setting up that can be looked for before it is done, and so be done twice without harm. */
export interface SetupStep {
  /** What it does: `create octo-ha's tables in …`. */
  readonly does: string;
  isDone(signal: AbortSignal): Promise<boolean>;
  run(signal: AbortSignal): Promise<void>;
}

export interface StepProgress {
  readonly does: string;
  readonly outcome: 'already done' | 'done' | 'would be done';
}

/** Takes the steps in order. Run again after a failure, it goes on from the step that failed. */
export async function* takeSteps(
  steps: readonly SetupStep[],
  { dryRun }: { readonly dryRun: boolean },
  signal: AbortSignal,
): AsyncGenerator<StepProgress> {
  for (const { does, isDone, run } of steps) {
    signal.throwIfAborted();
    if (await isDone(signal)) yield { does, outcome: 'already done' };
    else if (dryRun) yield { does, outcome: 'would be done' };
    else {
      await run(signal);
      yield { does, outcome: 'done' };
    }
  }
}
