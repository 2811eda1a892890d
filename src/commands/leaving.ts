import { Failure, type FailureKind } from '../errors.js';

const asked: readonly FailureKind[] = ['interrupted', 'terminated', 'hung-up'];

/** A failure as a command tells it that asks several times: how to go on, and what stands of what it did before. */
export function leaving(
  error: unknown,
  { hasChanged, goOn }: { readonly hasChanged: boolean; readonly goOn: string | undefined },
): unknown {
  if (!(error instanceof Failure)) return error;
  const { kind, message, cause, details, hint = asked.includes(kind) ? goOn : undefined } = error;
  const told = hasChanged ? message.replace('nothing was changed', 'what was done before stays done') : message;
  return new Failure(kind, told, { hint, cause, ...(details === undefined ? {} : { details }) });
}
