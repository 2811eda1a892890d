import { Failure } from '../../errors.js';
import { look, type Machine } from './machine.js';
import { type FoundStartType, parseStartType } from './start-type.js';

export interface ServiceState {
  readonly state: 'running' | 'stopped' | 'changing' | 'missing';
  readonly start: FoundStartType | undefined;
  /** Changes with every start of the machine. */
  readonly boot: string;
  /** Connections of each port that was asked for; `undefined` where the machine cannot tell. */
  readonly connections?: readonly number[] | undefined;
}

/** Rejects with a `Failure` where what manages the service does not answer, or with words that are not known. */
export async function readService(
  machine: Machine,
  signal: AbortSignal,
  ports: readonly number[] = [],
): Promise<ServiceState> {
  const { exitCode, result, boot, connections } = await look(machine, signal, ports);
  const read = { systemd: fromSystemd, docker: fromDocker, windows: fromWindows }[machine.service.manager];
  const said = read(result.trim(), exitCode);
  if (said === undefined) {
    throw new Failure(
      'failed',
      `what ${machine.name} says of ${machine.service.name} is not understood: ${result.slice(0, 300)}`,
    );
  }
  const { state, start } = said;
  if (state === 'missing' || start === '') return { state, start: undefined, boot, connections };
  return { state, start: parseStartType(machine.service.manager, start), boot, connections };
}

interface Said {
  readonly state: ServiceState['state'];
  readonly start: string;
}

const missing: Said = { state: 'missing', start: '' };

function fromSystemd(text: string, exitCode: number): Said | undefined {
  const properties = new Map(text.split('\n').map((line) => line.split(/=(.*)/s) as [string, string]));
  const loaded = properties.get('LoadState');
  if (exitCode !== 0 || loaded === undefined) return undefined;
  if (loaded === 'not-found') return missing;
  const states: Readonly<Record<string, ServiceState['state']>> = {
    active: 'running',
    reloading: 'running',
    inactive: 'stopped',
    failed: 'stopped',
    activating: 'changing',
    deactivating: 'changing',
  };
  const state = states[properties.get('ActiveState') ?? ''];
  return state && { state, start: properties.get('UnitFileState') ?? '' };
}

function fromDocker(text: string, exitCode: number): Said | undefined {
  if (exitCode !== 0) return /no such (container|object)/i.test(text) ? missing : undefined;
  const [status = '', policy = ''] = text.split(' ');
  const states: Readonly<Record<string, ServiceState['state']>> = {
    running: 'running',
    paused: 'running',
    created: 'stopped',
    exited: 'stopped',
    dead: 'stopped',
    restarting: 'changing',
    removing: 'changing',
  };
  const state = states[status];
  return state && { state, start: policy.replace(/:0$/, '') || 'no' };
}

function fromWindows(text: string): Said | undefined {
  if (text === 'missing') return missing;
  const [status = '', start = ''] = text.split(' ');
  const states: Readonly<Record<string, ServiceState['state']>> = {
    Running: 'running',
    Paused: 'running',
    Stopped: 'stopped',
    StartPending: 'changing',
    StopPending: 'changing',
    ContinuePending: 'changing',
    PausePending: 'changing',
  };
  const state = states[status];
  return state && { state, start };
}
