import * as z from 'zod/mini';
import { isUnfinished, type Operation } from '../cluster/operation.js';
import { Failure } from '../errors.js';
import { addAgain } from './add-again.js';
import { decommission } from './decommission.js';
import { drain, planDrain } from './drain.js';
import type { Telling } from './drain-walk.js';
import { earlierTurns } from './earlier-turns.js';
import { findNode } from './find-node.js';
import { goneNode } from './gone-node.js';
import type { Operating } from './journal/run-operation.js';
import { maintain } from './maintain.js';
import { type MaintenanceKind, maintenanceRequest } from './maintenance.js';
import { planMaintenance } from './plan-maintenance.js';
import type { Look } from './read-status.js';
import { changeCap, planCap } from './task-cap.js';
import { undrain } from './undrain.js';

type Resume = (
  operating: Operating,
  operation: Operation,
  look: Look,
  tellingOf: (node: string) => Telling,
  signal: AbortSignal,
) => Promise<unknown>;

const drainRequest = z.object({
  drainTimeout: z.number(),
  onTimeout: z.enum(['leave', 'undrain', 'cancel-tasks']),
  cancelGrace: z._default(z.number(), 600_000),
  expect: z.optional(z.number()),
});

const decommissionRequest = z.object({
  drainTimeout: z.number(),
  onTimeout: z.enum(['leave', 'undrain', 'cancel-tasks']),
  cancelGrace: z.number(),
  requestGrace: z.number(),
  serviceTimeout: z.number(),
  offline: z.boolean(),
  keepService: z.boolean(),
});

const capRequest = z.object({ to: z.number() });

/** How an operation of each kind goes on. It looks first, so what was done before it was cut short is not done again. */
const kinds: Readonly<Record<string, Resume>> = {
  async drain(operating, { nodes, request }, look, tellingOf, signal) {
    const plan = planDrain(look, findNode(look.nodes, nodes[0] ?? ''), operating.occasion.overrides);
    const { expect, ...asked } = drainRequest.parse(request);
    return await drain(operating, plan, look, { ...asked, expect, detach: false }, tellingOf(plan.node.name), signal);
  },
  async undrain(operating, { nodes }, look, tellingOf, signal) {
    const node = findNode(look.nodes, nodes[0] ?? '');
    return await undrain(operating, node, look, tellingOf(node.name).step, signal);
  },
  async cap(operating, { nodes, request }, look, _tellingOf, signal) {
    const { to } = capRequest.parse(request);
    const plan = planCap(look, findNode(look.nodes, nodes[0] ?? ''), to, operating.occasion.overrides);
    return await changeCap(operating, plan, signal);
  },
  async decommission(operating, { nodes, request }, look, tellingOf, signal) {
    const [name = ''] = nodes;
    const node = (await goneNode(operating.cluster, look, name, signal)) ?? findNode(look.nodes, name);
    return await decommission(operating, { node }, look, decommissionRequest.parse(request), tellingOf(name), signal);
  },
  async add(_operating, { nodes, request }) {
    throw new Failure('usage', `to go on with ${nodes.join(', ')}, its master key and passwords are needed again`, {
      hint: `Run the command again that began it: ${addAgain(request)}`,
    });
  },
  restart: maintainAgain('restart'),
  stop: maintainAgain('stop'),
  start: maintainAgain('start'),
};

/** Holds of the operation are its own, whoever goes on with it; and what it asked for stands in the journal. */
function maintainAgain(kind: MaintenanceKind): Resume {
  return async (operating, operation, look, tellingOf, signal) => {
    const { nodes, request, who } = operation;
    const { pauseAfter: _, until: __, ...asked } = maintenanceRequest.parse(request);
    const found = nodes.map((name) => findNode(look.nodes, name));
    const earlier = await earlierTurns(operating.cluster, operation, signal);
    const plan = planMaintenance(look, kind, found, { who, unproven: [] }, operating.occasion.overrides, earlier);
    // Pause and window were of the run that ended by them.
    return await maintain(operating, plan, asked, tellingOf, signal);
  };
}

/** Continues an unfinished operation, from whichever machine it was begun. */
export async function resumeOperation(
  operating: Operating,
  operation: Operation,
  look: Look,
  tellingOf: (node: string) => Telling,
  signal: AbortSignal,
): Promise<void> {
  if (!isUnfinished(operation)) {
    throw new Failure('refused', `operation ${operation.id} is ${operation.state}; there is nothing to go on with`);
  }
  const go = kinds[operation.kind];
  if (go === undefined) {
    throw new Failure('refused', `this octo-ha does not know operations of kind ${operation.kind}`, {
      hint: 'Use the version that began it, or a newer one.',
    });
  }
  await go({ ...operating, continues: operation.id }, operation, look, tellingOf, signal);
}
