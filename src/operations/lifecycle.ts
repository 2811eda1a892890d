/** Where a node stands on its way. `drained` is only said once the settle window is over in this run. */
export type Stage = 'in-service' | 'draining' | 'drained';

/** The orders a node understands. Each may be repeated after a crash and must then succeed. */
export interface NodeControl {
  observe(signal: AbortSignal): Promise<Stage>;
  setDrainFlag(draining: boolean, signal: AbortSignal): Promise<void>;
  waitUntilIdle(signal: AbortSignal): Promise<void>;
}

export interface Transition {
  readonly from: Stage;
  readonly to: Stage;
  readonly why: string;
  act(node: NodeControl, signal: AbortSignal): Promise<void>;
}

const takeOutOfService = (node: NodeControl, signal: AbortSignal) => node.setDrainFlag(true, signal);
const putInService = (node: NodeControl, signal: AbortSignal) => node.setDrainFlag(false, signal);
const waitUntilIdle = (node: NodeControl, signal: AbortSignal) => node.waitUntilIdle(signal);

/** The whole of what octo-ha can do to a node. Commands name a goal; `reach` finds the way. */
export const lifecycle = [
  { from: 'in-service', to: 'draining', why: 'stop giving it new tasks', act: takeOutOfService },
  { from: 'draining', to: 'drained', why: 'wait until its tasks have ended', act: waitUntilIdle },
  { from: 'draining', to: 'in-service', why: 'give it tasks again', act: putInService },
  { from: 'drained', to: 'in-service', why: 'give it tasks again', act: putInService },
] as const satisfies readonly Transition[];
