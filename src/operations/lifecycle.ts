/**
 * Where a node stands on its way. `drained` and `quiet` are only said once this run has seen them; `kept` means that
 * nothing starts its service again, `back` that it was seen after a start and has its drain flag still set.
 */
export type Stage =
  | 'in-service'
  | 'draining'
  | 'drained'
  | 'quiet'
  | 'kept'
  | 'stopped'
  | 'starting'
  | 'back'
  | 'removed';

/** The orders that a node gets through the database. Each may be repeated after a crash and must then succeed. */
export interface FlagOrders {
  observe(signal: AbortSignal): Promise<Stage>;
  setDrainFlag(draining: boolean, signal: AbortSignal): Promise<void>;
  waitUntilIdle(signal: AbortSignal): Promise<void>;
}

/** The orders that need its machine, or end its row; likewise. */
export interface MachineOrders {
  waitUntilQuiet(signal: AbortSignal): Promise<void>;
  keepFromStarting(signal: AbortSignal): Promise<void>;
  stopService(signal: AbortSignal): Promise<void>;
  startService(signal: AbortSignal): Promise<void>;
  waitUntilBack(signal: AbortSignal): Promise<void>;
  removeRow(signal: AbortSignal): Promise<void>;
}

/** The orders a node understands. */
export interface NodeControl extends FlagOrders, MachineOrders {}

const noMachine = async (): Promise<void> => {
  throw new Error('no machine belongs to this operation');
};

/** For an operation that drives the drain flag alone: its goals lie before the first of these orders. */
export const withoutMachine: MachineOrders = {
  waitUntilQuiet: noMachine,
  keepFromStarting: noMachine,
  stopService: noMachine,
  startService: noMachine,
  waitUntilBack: noMachine,
  removeRow: noMachine,
};

export interface Transition {
  readonly from: Stage;
  readonly to: Stage;
  readonly why: string;
  act(node: NodeControl, signal: AbortSignal): Promise<void>;
}

const takeOutOfService = (node: NodeControl, signal: AbortSignal) => node.setDrainFlag(true, signal);
const putInService = (node: NodeControl, signal: AbortSignal) => node.setDrainFlag(false, signal);
const waitUntilIdle = (node: NodeControl, signal: AbortSignal) => node.waitUntilIdle(signal);
const waitUntilQuiet = (node: NodeControl, signal: AbortSignal) => node.waitUntilQuiet(signal);
const keepFromStarting = (node: NodeControl, signal: AbortSignal) => node.keepFromStarting(signal);
const stopService = (node: NodeControl, signal: AbortSignal) => node.stopService(signal);
const startService = (node: NodeControl, signal: AbortSignal) => node.startService(signal);
const waitUntilBack = (node: NodeControl, signal: AbortSignal) => node.waitUntilBack(signal);
const removeRow = (node: NodeControl, signal: AbortSignal) => node.removeRow(signal);

/** The whole of what octo-ha can do to a node. Commands name a goal; `reach` finds the way. */
export const lifecycle = [
  { from: 'in-service', to: 'draining', why: 'stop giving it new tasks', act: takeOutOfService },
  { from: 'draining', to: 'drained', why: 'wait until its tasks have ended', act: waitUntilIdle },
  { from: 'drained', to: 'quiet', why: 'wait until the load balancer has let go of it', act: waitUntilQuiet },
  { from: 'quiet', to: 'kept', why: 'keep everything from starting its service again', act: keepFromStarting },
  { from: 'kept', to: 'stopped', why: 'stop its service', act: stopService },
  { from: 'stopped', to: 'starting', why: 'start its service', act: startService },
  { from: 'starting', to: 'back', why: 'wait until it is seen again', act: waitUntilBack },
  { from: 'back', to: 'in-service', why: 'give it tasks again', act: putInService },
  { from: 'draining', to: 'in-service', why: 'give it tasks again', act: putInService },
  { from: 'drained', to: 'in-service', why: 'give it tasks again', act: putInService },
  { from: 'stopped', to: 'removed', why: 'take its row out of the cluster', act: removeRow },
] as const satisfies readonly Transition[];
