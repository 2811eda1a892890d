import { enough } from '../../checks/nodes/membership.js';
import type { Outcome } from '../../checks/outcome.js';

/**
 * One node today and a second one tomorrow is how most clusters begin: where the one that was asked for is online, that
 * it is alone is a warning. For doctor it stays a failure, as a node that is down does here too.
 */
export function beganWithOne(
  outcomes: readonly Outcome[],
  nodes: readonly { readonly state: string }[],
): readonly Outcome[] {
  const [only] = nodes;
  if (nodes.length !== 1 || only?.state === 'offline' || only?.state === 'stale') return outcomes;
  const problem = 'one node only: not highly available until there is a second one (octo-ha node add HOST)';
  return outcomes.map((one) =>
    one.check.id === enough.id && one.status === 'fail' ? { ...one, status: 'warn', problem } : one,
  );
}
