/**
 * What a restart does to a machine, each as one step that is taken once. A step that failed, or was lost, is taken again
 * only under another name: the record of the first one stays.
 */
import { Failure } from '../../errors.js';
import { type Effect, look, type Machine, runStep, type StepId } from './machine.js';
import { octopusWords } from './octopus-words.js';
import type { StepRecord } from './protocol.js';
import { type FoundStartType, parseStartType, type StartType } from './start-type.js';

export type Finished = StepRecord & { readonly exitCode: number };

/** Rejects with a `Failure` of kind `unknown` for a step that was lost; its details carry what was recorded. */
async function take(
  machine: Machine,
  step: StepId,
  effect: Effect,
  does: string,
  signal: AbortSignal,
): Promise<Finished> {
  const outcome = await runStep(machine, step, effect, signal);
  if (outcome.state === 'finished') return outcome.record;
  throw new Failure('unknown', `${machine.name} began to ${does}, and what came of it is not known`, {
    hint:
      'Look at the machine, and go on with --rerun-step or --assume-done:\n' +
      `octo-ha operation resume ${step.operation} --assume-done`,
    details: { step: step.step, record: outcome.record, rebooted: outcome.record.boot !== outcome.boot },
  });
}

async function succeed(
  machine: Machine,
  step: StepId,
  effect: Effect,
  does: string,
  signal: AbortSignal,
): Promise<Finished> {
  const record = await take(machine, step, effect, does, signal);
  if (record.exitCode === 0) return record;
  throw new Failure(
    'failed',
    `${machine.name} could not ${does}: ${record.output.trim() || `exit code ${record.exitCode}`}`,
    {
      details: { step: step.step, exitCode: record.exitCode },
    },
  );
}

/** Done when it has stopped. `grace` is how many seconds a container has before it is killed. */
export async function stopService(
  machine: Machine,
  step: StepId,
  { grace = 300 }: { readonly grace?: number },
  signal: AbortSignal,
): Promise<void> {
  await succeed(machine, step, { action: 'service-stop', grace }, `stop ${machine.service.name}`, signal);
}

/** Done when its manager says that it runs, which is before it serves. */
export async function startService(machine: Machine, step: StepId, signal: AbortSignal): Promise<void> {
  await succeed(machine, step, { action: 'service-start' }, `start ${machine.service.name}`, signal);
}

export interface ChangedStartType {
  readonly before: FoundStartType;
  /** May be less than was asked for: a systemd unit in /etc cannot be masked, and a container has no `disabled`. */
  readonly after: FoundStartType;
}

/** Sets how it starts, or brings back what was found before. */
export async function setStartType(
  machine: Machine,
  step: StepId,
  to: StartType | FoundStartType,
  signal: AbortSignal,
): Promise<ChangedStartType> {
  const values = typeof to === 'string' ? { value: to } : { value: 'former', former: to.native };
  const does = `change how ${machine.service.name} starts`;
  const { result } = await succeed(machine, step, { action: 'set-start-type', ...values }, does, signal);
  const [before = '', after = ''] = result.trim().split('\n');
  const { manager } = machine.service;
  const native = (text: string) => (manager === 'docker' ? text.replace(/:0$/, '') : text);
  return { before: parseStartType(manager, native(before)), after: parseStartType(manager, native(after)) };
}

/** Keeps Octopus' watchdog from starting what was stopped. Answers with the tasks that it has suspended. */
export async function suspendWatchdog(machine: Machine, step: StepId, signal: AbortSignal): Promise<readonly string[]> {
  const { result } = await succeed(machine, step, { action: 'watchdog-suspend' }, 'suspend the watchdog', signal);
  return result.split('\n').filter((task) => task !== '');
}

/** Restores exactly those tasks. */
export async function restoreWatchdog(
  machine: Machine,
  step: StepId,
  tasks: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (tasks.length === 0) return;
  await succeed(machine, step, { action: 'watchdog-restore', words: tasks }, 'restore the watchdog', signal);
}

/** Asks the machine to start anew. Answers with the start it was in: see `waitForNewStart`. */
export async function reboot(
  machine: Machine,
  step: StepId,
  signal: AbortSignal,
): Promise<{ readonly bootBefore: string }> {
  const outcome = await runStep(machine, step, { action: 'reboot' }, signal);
  const { record, state } = outcome;
  // It may go down before it has written that it does.
  const isDone = state === 'finished' ? record.exitCode === 0 : record.boot !== outcome.boot;
  if (isDone) return { bootBefore: record.boot };
  throw new Failure(
    state === 'lost' ? 'unknown' : 'failed',
    `${machine.name} did not reboot: ${record.output.trim()}`,
    {
      details: { step: step.step },
    },
  );
}

/** Waits until the machine answers from another start. Not reaching it is part of that; give a signal with a limit. */
export async function waitForNewStart(machine: Machine, bootBefore: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    try {
      const { boot } = await look(machine, signal);
      if (boot !== bootBefore) return boot;
    } catch (error) {
      const isDown = error instanceof Failure && (error.kind === 'unreachable' || error.kind === 'unknown');
      if (!isDown) throw error;
    }
    await machine.clock.sleep(2_000, signal);
  }
}

/** The administrator's own command, as words or as a line for the platform's shell. Any exit code is an answer. */
export async function runOwnCommand(
  machine: Machine,
  step: StepId,
  command: { readonly words: readonly string[] } | { readonly shellLine: string; readonly asTask?: boolean },
  signal: AbortSignal,
): Promise<Finished> {
  return await take(machine, step, { action: 'run', ...command }, 'run a command', signal);
}

/** A command that has to succeed. What it is told in confidence reaches it, and nothing else. */
export async function runCommand(
  machine: Machine,
  step: StepId,
  { words, secrets = [] }: { readonly words: readonly string[]; readonly secrets?: readonly string[] },
  does: string,
  signal: AbortSignal,
): Promise<void> {
  await succeed(machine, step, { action: 'run', words, ...(secrets.length === 0 ? {} : { secrets }) }, does, signal);
}

export interface OctopusServer {
  readonly instance: string;
  /** Where it is, other than where it is installed by default. */
  readonly program?: string;
}

/** Has Octopus Server cancel what it runs. `wait` is how many seconds tasks have to end by themselves. */
export async function cancelTasks(
  machine: Machine,
  step: StepId,
  { instance, program, wait }: OctopusServer & { readonly wait: number },
  signal: AbortSignal,
): Promise<void> {
  const words = [
    ...octopusWords(machine, program),
    ...['node', '--instance', instance, '--drain=true', '--cancel-tasks', `--wait=${wait}`],
  ];
  await succeed(machine, step, { action: 'octopus-node-drain-cancel', words }, 'cancel its tasks', signal);
}
