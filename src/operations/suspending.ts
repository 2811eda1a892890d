import type { Node } from '../cluster/node.js';
import { Failure } from '../errors.js';
import type { Came, EffectId, Running } from './journal/running.js';
import { readStep } from './machine/machine.js';
import type { NodeMachine } from './machine/node-machine.js';
import { restoreWatchdog, setStartType, suspendWatchdog } from './machine/service-control.js';
import { readService } from './machine/service-state.js';
import type { FoundStartType, StartType } from './machine/start-type.js';
import type { Suspended } from './suspended.js';

/** The machine of a node, under an operation. */
export interface OfMachine {
  readonly running: Running;
  readonly node: Pick<Node, 'id' | 'name'>;
  readonly machine: NodeMachine;
}

/**
 * Keeps everything from starting its service again. How the service started is journaled before it is changed, so that
 * it can be brought back whatever becomes of the change.
 */
export async function suspendStarting(of: OfMachine, to: StartType, signal: AbortSignal): Promise<void> {
  const { running, node, machine } = of;
  const found = async () => {
    const { start } = await readService(machine.machine, signal);
    return start === undefined ? {} : { before: start };
  };
  await running.learn({ node, action: 'read-start-type' }, found, signal);
  await act(of, { action: 'suspend-watchdog', before: 'as found', after: 'suspended' }, signal, async (id) => ({
    tasks: await suspendWatchdog(machine.machine, id, signal),
  }));
  await act(of, { action: 'keep-from-starting', before: 'as found', after: to }, signal, async (id) => {
    const changed = await setStartType(machine.machine, id, to, signal);
    // What starts by itself all the same would run again while it is taken for stopped.
    if (changed.after.type === 'auto') throw stillStarts(machine, changed.after.native);
    return { ...changed };
  });
}

/**
 * What was intended by a run that was cut short is looked up on the machine, so that it can be taken back: what was not
 * begun is not begun any more.
 */
export async function concludeSuspending(of: OfMachine, signal: AbortSignal): Promise<void> {
  const { running, node, machine } = of;
  const orders = {
    'suspend-watchdog': async (id: EffectId) => ({ tasks: await suspendWatchdog(machine.machine, id, signal) }),
    'keep-from-starting': async (id: EffectId) => ({
      ...(await setStartType(machine.machine, id, 'disabled', signal)),
    }),
  } as const;
  for (const [action, ask] of Object.entries(orders)) {
    if (!running.isOpen(node, action)) continue;
    const conclude = async (id: EffectId) => {
      const { state } = await readStep(machine.machine, id, signal);
      if (state === 'not-started') throw new NotBegun('failed', 'it was given up before it was begun');
      // Asked for again, it answers with what is on record.
      return await ask(id);
    };
    await act(of, { action, before: 'as found', after: 'suspended' }, signal, conclude).catch((error: unknown) => {
      if (!(error instanceof NotBegun)) throw error;
    });
  }
}

/** Lets its service start as it was found to, or as is said. */
export async function restoreStartType(
  of: OfMachine,
  to: FoundStartType | StartType,
  signal: AbortSignal,
): Promise<void> {
  const after = typeof to === 'string' ? to : to.native;
  const change = { action: 'restore-start-type', before: 'kept from starting', after };
  await act(of, change, signal, async (id) => ({ ...(await setStartType(of.machine.machine, id, to, signal)) }));
}

export async function restoreItsWatchdog(
  of: OfMachine,
  { watchdog }: Pick<Suspended, 'watchdog'>,
  signal: AbortSignal,
): Promise<void> {
  if (watchdog.length === 0) return;
  await act(of, { action: 'restore-watchdog', before: 'suspended', after: 'as found' }, signal, async (id) => {
    await restoreWatchdog(of.machine.machine, id, watchdog, signal);
    return {};
  });
}

class NotBegun extends Failure {}

const act = (
  { running, node }: OfMachine,
  change: { readonly action: string; readonly before: string; readonly after: string },
  signal: AbortSignal,
  perform: (id: EffectId) => Promise<Came>,
): Promise<Came> => running.act({ node, ...change }, perform, signal);

const stillStarts = ({ machine, address }: NodeMachine, native: string): Failure =>
  new Failure(
    'failed',
    `${address.service} on ${machine.name} could not be kept from starting: it is still ${native}`,
    { hint: 'Look at the machine, then go on with the same command.' },
  );
