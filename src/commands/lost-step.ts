import { Failure } from '../errors.js';
import type { LostStep } from '../operations/journal/run-operation.js';
import { flag } from './options.js';

/** What a person says of a step that began and is gone without a result. */
export const lostStepOptions = {
  rerunStep: flag('take a step again whose outcome is not known'),
  assumeDone: flag('take a step for done whose outcome is not known'),
};

export function lostStep({
  rerunStep,
  assumeDone,
}: {
  readonly rerunStep: boolean;
  readonly assumeDone: boolean;
}): LostStep | undefined {
  if (rerunStep && assumeDone) throw new Failure('usage', 'give --rerun-step or --assume-done, and not both');
  return rerunStep ? 'rerun' : assumeDone ? 'assume-done' : undefined;
}
