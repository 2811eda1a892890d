import { Failure } from '../../errors.js';
import { boundTasks } from './bound-tasks.js';
import { capacity } from './capacity.js';
import type { Guard, Proposal } from './guard.js';
import { heartbeat } from './heartbeat.js';
import { heldBySomeoneElse } from './held-by-someone-else.js';
import { identity } from './identity.js';
import { lastTaskNode } from './last-task-node.js';
import { lastWebNode } from './last-web-node.js';
import { licence } from './licence.js';
import { unknownSchema } from './unknown-schema.js';
import { version } from './version.js';

/** Every guard, in the order in which their opinions are told. */
export const guards: readonly Guard[] = [
  unknownSchema,
  identity,
  heartbeat,
  version,
  licence,
  heldBySomeoneElse,
  lastTaskNode,
  lastWebNode,
  capacity,
  boundTasks,
];

export interface Heard {
  readonly warnings: readonly string[];
  /** An overridden guard asks for the name to be typed. */
  readonly severe: boolean;
}

/** Hears every guard; rejects with all refusals that are not overridden. Overridden ones become warnings. */
export function hear(proposal: Proposal, overrides: readonly string[]): Heard {
  for (const id of overrides) {
    if (!guards.some((guard) => guard.id === id)) {
      throw new Failure('usage', `there is no guard ${id}`, {
        hint: `The guards are: ${guards.map(({ id }) => id).join(', ')}`,
      });
    }
  }
  const opinions = guards.map((guard) => ({ guard, opinion: guard.judge(proposal) }));
  const refused = opinions.flatMap(({ guard, opinion }) =>
    opinion.verdict === 'refuse' ? [{ id: guard.id, message: opinion.message, severe: opinion.severe === true }] : [],
  );
  const standing = refused.filter(({ id }) => !overrides.includes(id));
  if (standing.length > 0) {
    throw new Failure('refused', standing.map(({ message }) => message).join('\n'), {
      hint: `To go on all the same: ${standing.map(({ id }) => `--override ${id}`).join(' ')} --reason TEXT`,
      details: { guards: standing.map(({ id }) => id) },
    });
  }
  const warned = opinions.flatMap(({ opinion }) => (opinion.verdict === 'warn' ? [opinion.message] : []));
  return {
    warnings: [...warned, ...refused.map(({ message, id }) => `${message} (overridden: ${id})`)],
    severe: refused.some(({ severe }) => severe),
  };
}
