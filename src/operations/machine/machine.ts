import { Failure } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import type { Shell } from '../../ports/shell.js';
import { posixBootstrap } from './posix-bootstrap.js';
import { powershellBootstrap, programInBase64 } from './powershell-bootstrap.js';
import { type Action, type Answer, type Document, encodeDocument, parseAnswer, type StepRecord } from './protocol.js';
import { windowsArguments } from './windows-arguments.js';

/** What starts and stops Octopus Server on a machine, and under which name it knows it. */
export type ServiceName =
  | { readonly manager: 'systemd' | 'windows'; readonly name: string }
  /** A container. */
  | { readonly manager: 'docker'; readonly name: string };

/** The machine of a node. */
export interface Machine {
  /** In words, for messages. */
  readonly name: string;
  readonly shell: Shell;
  readonly clock: Clock;
  readonly service: ServiceName;
  /** Seconds that a call may wait for a step to end; the lease is renewed between calls. 15 where it is left out. */
  readonly answerWithin?: number;
  /** Where the wrapper keeps its records, other than in `/var/lib/octo-ha` or `C:\ProgramData\octo-ha`. */
  readonly state?: string;
}

/** A step of an operation, under the token of the lease it is taken with. */
export interface StepId {
  readonly operation: string;
  readonly step: string;
  readonly token: number;
}

/** What a step does. A command is either a program with its words, or a line for the shell of the platform. */
export type Effect = {
  readonly action: Action;
  readonly shellLine?: string;
  /** On Windows the command runs as a scheduled task of the system: installers refuse remote logons. */
  readonly asTask?: boolean;
  /** What the command is told in confidence; see `confide`. */
  readonly secrets?: readonly string[];
} & Pick<Document, 'grace' | 'value' | 'former' | 'words'>;

export type StepOutcome =
  | { readonly state: 'finished'; readonly record: StepRecord & { readonly exitCode: number }; readonly boot: string }
  /** It began, and is gone without a result. `boot` is the machine's start now, the record's that of its beginning. */
  | { readonly state: 'lost'; readonly record: StepRecord; readonly boot: string };

/** Seconds that the machine waits before it answers that a step still runs. */
const wait = 15;

/** Seconds that an answer may take beside that; a survey tries to reach other machines. One that hangs holds up nobody. */
const answerTime = { run: 60, show: 60, read: 60, look: 60, survey: 300 } as const;

/** Milliseconds to go on trying to reach a machine that was reached: a step may be running there. */
const patience = 120_000;

/**
 * Makes a token known to the machine, which from then on refuses lower ones. Answers with the step that runs there at
 * this moment, if any.
 */
export async function showToken(
  machine: Machine,
  token: number,
  signal: AbortSignal,
): Promise<{ readonly running: StepId | undefined; readonly boot: string }> {
  const answer = await callUntilAnswered(machine, { verb: 'show', token }, signal);
  if (answer.state !== 'shown') throw unexpected(machine, answer);
  return { running: answer.running, boot: answer.boot };
}

/** Makes a token known, and waits until nothing runs there that was begun under a lower one. */
export async function takeOver(machine: Machine, token: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { running } = await showToken(machine, token, signal);
    if (running === undefined || running.token >= token) return;
    await machine.clock.sleep(1_000, signal);
  }
}

/**
 * Takes a step, or answers with what came of it before. A connection that ends meanwhile is made again, since asking
 * again never does anything twice; when that does not succeed it rejects with a `Failure` of kind `unknown`.
 */
export async function runStep(
  machine: Machine,
  step: StepId,
  effect: Effect,
  signal: AbortSignal,
): Promise<StepOutcome> {
  const { action } = effect;
  const document: Document = {
    verb: 'run',
    ...step,
    wait: machine.answerWithin ?? wait,
    ...inWordsOf(machine, effect),
  };
  for (;;) {
    const answer = await callUntilAnswered(machine, document, signal);
    switch (answer.state) {
      case 'finished':
      case 'lost':
        if (answer.record.action !== (document.action ?? action)) {
          throw new Error(
            `step ${step.step} of ${step.operation} is recorded as ${answer.record.action}, not ${action}`,
          );
        }
        return outcomeOf(machine, answer);
      case 'running':
      case 'busy':
        // Whoever holds the lease renews it while it sleeps.
        await machine.clock.sleep(0, signal);
        break;
      default:
        throw unexpected(machine, answer);
    }
  }
}

/** Every platform's own way to name a command: Windows passes arguments on as one line. */
function inWordsOf({ service }: Machine, { shellLine, asTask = false, words, ...effect }: Effect): Partial<Document> {
  const isCommand = effect.action === 'run' || effect.action === 'octopus-node-drain-cancel';
  if (!isCommand) return { ...effect, ...(words === undefined ? {} : { words }) };
  const onWindows = service.manager === 'windows';
  if (shellLine !== undefined) {
    const action = asTask ? 'run-as-task' : effect.action;
    if (onWindows) return { ...effect, action, file: 'cmd.exe', line: `/d /s /c "${shellLine}"` };
    return { ...effect, words: ['sh', '-c', shellLine] };
  }
  const [file, ...args] = words ?? [];
  if (file === undefined || file === '') throw new Failure('usage', 'there is no command to run');
  if (!onWindows) return { ...effect, words: [file, ...args] };
  const { secrets } = effect;
  const quoted = secrets === undefined ? {} : { secrets: secrets.map(quotedWord) };
  return { ...effect, ...quoted, file, line: windowsArguments(args) };
}

const quotedWord = (secret: string): string =>
  secret.startsWith('word:') ? `word:${windowsArguments([secret.slice('word:'.length)])}` : secret;

/** What is recorded of a step. */
export async function readStep(
  machine: Machine,
  { operation, step }: Pick<StepId, 'operation' | 'step'>,
  signal: AbortSignal,
): Promise<StepOutcome | { readonly state: 'not-started' | 'running'; readonly boot: string }> {
  const answer = await callUntilAnswered(machine, { verb: 'read', operation, step }, signal);
  if (answer.state === 'finished' || answer.state === 'lost') return outcomeOf(machine, answer);
  if (answer.state === 'not-started' || answer.state === 'running') return { state: answer.state, boot: answer.boot };
  throw unexpected(machine, answer);
}

export interface MachineLook {
  readonly exitCode: number;
  readonly result: string;
  readonly boot: string;
  /** Of each port that was asked for; `undefined` where the machine cannot tell. */
  readonly connections?: readonly number[] | undefined;
}

/** Looks at the service, in the words of what manages it, and counts the connections of some ports. */
export async function look(machine: Machine, signal: AbortSignal, ports: readonly number[] = []): Promise<MachineLook> {
  const asked = ports.length === 0 ? {} : { ports: ports.join(':') };
  const answer = await callUntilAnswered(machine, { verb: 'look', ...asked }, signal);
  if (answer.state !== 'looked') throw unexpected(machine, answer);
  return answer;
}

/** Looks at a machine on which Octopus Server is to run; `program` are the words that begin its command line there. */
export async function surveyMachine(
  machine: Machine,
  { program, targets }: { readonly program: readonly string[]; readonly targets: readonly string[] },
  signal: AbortSignal,
): Promise<string> {
  const answer = await call(machine, { verb: 'survey', words: program, targets: targets.join(' ') }, signal);
  if (answer.state !== 'surveyed') throw unexpected(machine, answer);
  return answer.result;
}

function outcomeOf(machine: Machine, { state, record, boot }: Answer & { state: 'finished' | 'lost' }): StepOutcome {
  if (state === 'lost') return { state, record, boot };
  const { exitCode } = record;
  if (exitCode === undefined) throw new Failure('failed', `the record of a step on ${machine.name} is damaged`);
  return { state, record: { ...record, exitCode }, boot };
}

/** Where contact is lost in a call, it is made again: nothing that is asked for does anything twice. */
async function callUntilAnswered(machine: Machine, document: Document, signal: AbortSignal): Promise<Answer> {
  const { clock } = machine;
  let lost: { readonly failure: Failure; readonly until: number } | undefined;
  for (let tries = 1; ; tries++) {
    try {
      return await call(machine, document, signal);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // Once contact was lost, not reaching the machine says no more than that it is still lost.
      if (error.kind !== 'unknown' && !(lost && error.kind === 'unreachable')) throw error;
      lost ??= { failure: error, until: clock.now() + patience };
      if (clock.now() >= lost.until) throw lost.failure;
      if (error instanceof NoAnswer && tries >= 3) throw error;
    }
    await clock.sleep(Math.min(500 * tries, 5_000), signal);
  }
}

/** The bootstrap ended without its answer: killed perhaps, or never begun. */
class NoAnswer extends Failure {}

async function call(machine: Machine, document: Document, signal: AbortSignal): Promise<Answer> {
  const { shell, service, state } = machine;
  const [bootstrap, more] =
    service.manager === 'windows' ? [powershellBootstrap, { program: programInBase64 }] : [posixBootstrap, {}];
  const complete = encodeDocument({ ...document, ...more, manager: service.manager, service: service.name, state });
  const time = ((document.wait ?? 0) + answerTime[document.verb]) * 1_000;
  const { exitCode, stdout, stderr } = await shell.run(bootstrap, complete, signal, time);
  const answer = parseAnswer(stdout);
  if (answer !== undefined) return answer;
  const printed = (stderr || stdout).trim().slice(0, 500);
  throw new NoAnswer(
    document.verb === 'run' ? 'unknown' : 'unreachable',
    `${machine.name} gave no answer (exit code ${exitCode})${printed === '' ? '' : `: ${printed}`}`,
    { hint: 'Look at what a login there runs by itself; sudo must not ask for a password' },
  );
}

function unexpected(machine: Machine, answer: Answer): Error {
  if (answer.state === 'cannot') return new Failure('failed', `on ${machine.name}: ${answer.message}`);
  if (answer.state === 'refused') {
    return new Failure('busy', `another operation has taken over ${machine.name} meanwhile`, {
      hint: 'See it with: octo-ha operation list',
      details: { highestToken: answer.highest },
    });
  }
  return new Error(`${machine.name} answered ${answer.state}`);
}
