import { isProblem, type Outcome } from '../../checks/outcome.js';
import type { Node } from '../../cluster/node.js';
import { keepMachineAddress } from '../../database/queries/machine-addresses.js';
import { keepNodeAddress } from '../../database/queries/node-addresses.js';
import { observeChange } from '../../database/queries/observed.js';
import { Failure } from '../../errors.js';
import { addAgain } from '../../operations/add-again.js';
import { mustNotDiffer } from '../../operations/installed-version.js';
import { type Operating, runOperation } from '../../operations/journal/run-operation.js';
import type { Running } from '../../operations/journal/running.js';
import { type Machine, takeOver } from '../../operations/machine/machine.js';
import { octopusWords } from '../../operations/machine/octopus-words.js';
import { runCommand, startService } from '../../operations/machine/service-control.js';
import { ping } from '../../operations/ping.js';
import { readStatus } from '../../operations/read-status.js';
import { joinSteps } from './join-steps.js';
import { type JoinPlan, machineOf } from './plan-node.js';
import { expectedId, type JoinSecrets } from './wanted-node.js';

export interface Joined {
  readonly operation: string;
  readonly node: string;
  readonly taskCap: number;
  /** Its own ping named it. */
  readonly confirmedByNode: boolean;
}

export interface JoinTerms {
  /** Milliseconds from its start until the node has to be seen. */
  readonly serviceTimeout: number;
  /** Runs the checks of doctor that look at this node on its machine. */
  look(node: Node, signal: AbortSignal): Promise<readonly Outcome[]>;
}

/**
 * Makes a node of a machine, as one operation. Every call on the machine is a step that is taken once, so the same
 * command again finishes what was cut short. The node gets no tasks before it has been looked at.
 */
export async function joinNode(
  { cluster, identity, occasion, ...continuing }: Operating,
  { wanted, versions, hasInstance }: JoinPlan,
  /** None for a container. */
  secrets: JoinSecrets | undefined,
  { serviceTimeout, look: lookAt }: JoinTerms,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<Joined> {
  const { name, address, url, cap } = wanted;
  const planned = { id: expectedId(name), name };
  const request = { ...wanted, address: { ...address }, host: address.host, instance: address.instance };
  const again = addAgain(request);
  const begun = {
    kind: 'add',
    nodes: [planned],
    request,
    essential: ['host', 'instance'],
    again,
    occasion,
    ...continuing,
  };
  return await runOperation(cluster, identity, begun, signal, (running) =>
    join(running).catch((error: unknown) => {
      throw error === signal.reason ? interrupted(error, running) : error;
    }),
  ).then(({ ending: _, ...joined }) => joined);

  async function join(running: Running) {
    const machine = { ...(await machineOf(cluster, wanted)), clock: { ...cluster.clock, sleep: running.lease.sleep } };
    await takeOver(machine, running.lease.token, signal);
    await prepare(running, machine);
    tell(`starting ${address.service}`);
    const started = { node: planned, action: 'start-service', before: 'never started', after: 'running' };
    await running.act(started, async (id) => startService(machine, id, signal).then(() => ({})), signal);
    const { node, confirmed } = await untilServing(running);
    if (running.came(node, 'cap') === undefined) await mustBeWell(node, running);
    await giveCap(running, node);
    const effects = [
      ...(url === undefined ? [] : keepNodeAddress(node.id, url)),
      ...keepMachineAddress(node.id, address),
    ];
    const joined: Joined = { operation: running.id, node: node.name, taskCap: cap, confirmedByNode: confirmed };
    return { ...joined, ending: { state: 'done', outcome: { taskCap: cap, confirmed }, effects } as const };
  }

  /** What stands after Ctrl-C. */
  function interrupted(reason: unknown, running: Running): unknown {
    if (!(reason instanceof Failure)) return reason;
    const done = running.lastDone(planned);
    const isReady = done === 'cap' || (done !== undefined && cap === 0);
    const made = isReady
      ? 'is a node, and what is known of it is still to be kept'
      : `is made in part (${done}), and gets no tasks`;
    return new Failure(
      reason.kind,
      `${reason.message}; ${done === undefined ? 'nothing was changed' : `${name} ${made}`}`,
    );
  }

  /** Everything before its first start. */
  async function prepare(running: Running, machine: Machine): Promise<void> {
    const program = octopusWords(machine, cluster.octopusServerOn(name));
    for (const { action, why, before, after, words, secrets: told, does } of joinSteps(wanted, secrets)) {
      if (running.came(planned, action) !== undefined) continue;
      // An earlier operation has made it; one of this operation whose result is not known is asked for.
      if (action === 'create-instance' && hasInstance && !running.isOpen(planned, action)) continue;
      tell(why);
      const change = { node: planned, action, before, after };
      const command = { words: [...program, ...words], secrets: told };
      await running.act(change, async (id) => runCommand(machine, id, command, does, signal).then(() => ({})), signal);
    }
  }

  /** It has a row with a heartbeat, runs no other version, and answers for itself where it can be asked. */
  async function untilServing(running: Running): Promise<{ readonly node: Node; readonly confirmed: boolean }> {
    using limit = cluster.clock.within(serviceTimeout, signal);
    for (let told = ''; ; ) {
      const look = await readStatus(cluster, signal);
      const node = look.nodes.find((one) => one.name.toLowerCase() === name.toLowerCase());
      if (node !== undefined) await keepTasksFrom(running, node);
      const [missing, confirmed] = await stillMissing(node);
      if (node !== undefined && missing === undefined) {
        if (node.version !== null) mustNotDiffer(name, node.version, versions);
        return { node, confirmed };
      }
      if (missing !== told) tell(missing ?? '');
      told = missing ?? '';
      if (limit.aborted && !signal.aborted) throw notSeen(told, running);
      await running.lease.sleep(look.timing.look, signal);
    }
  }

  async function stillMissing(node: Node | undefined): Promise<readonly [string | undefined, boolean]> {
    if (node === undefined) return ['it has not registered itself yet', false];
    if (node.lastSeen === null || node.state === 'offline' || node.state === 'stale') {
      return ['no heartbeat of it yet', false];
    }
    const answer = await ping(cluster, node, url, signal);
    if (answer.kind === 'unreachable' || answer.kind === 'unclear') return [`its ping: ${answer.why}`, false];
    return [undefined, answer.kind === 'answered'];
  }

  /** It gets tasks only when nothing is wrong with it. What is not known is said, and keeps no node from its work. */
  async function mustBeWell(node: Node, { id }: Running): Promise<void> {
    const found = (await lookAt(node, signal)).filter(isProblem);
    for (const { check, status, problem } of found)
      tell(`${status === 'fail' ? 'failed' : status}: ${check.id}: ${problem}`);
    const failed = found.filter(({ status }) => status === 'fail').map(({ check }) => check.id);
    if (failed.length === 0) return;
    const remedies = `octo-ha doctor ${[...new Set(failed)].join(' ')} --from ${name}`;
    throw new Failure('partial', `${name} serves, and gets no tasks yet: ${failed.join(', ')} (operation ${id})`, {
      hint: `See the remedies with: ${remedies}\nThen go on with:      ${again}`,
    });
  }

  /** Octopus may give a node its own default when it registers: whatever it got, it waits at 0 until it is ready. */
  async function keepTasksFrom(running: Running, node: Node): Promise<void> {
    if (node.taskCap === 0 || running.came(node, 'cap') !== undefined) return;
    tell(`it registered itself with a task cap of ${node.taskCap}: setting it to 0`);
    await changeCap(running, node, 'cap-after-start', node.taskCap, 0);
  }

  async function giveCap(running: Running, node: Node): Promise<void> {
    if (cap === 0 || running.came(node, 'cap') !== undefined) return;
    tell(`task cap 0 → ${cap}`);
    await changeCap(running, node, 'cap', 0, cap);
  }

  async function changeCap(running: Running, node: Node, action: string, from: number, to: number): Promise<void> {
    const change = { node, action, before: String(from), after: String(to) };
    const seen = [observeChange(node.id, { taskCap: to })];
    if (await running.change(change, running.channel.taskCap(node, from, to), seen, signal)) return;
    throw new Failure('partial', `somebody else changed the task cap of ${name} meanwhile, or its row is gone`, {
      hint: `See it with: octo-ha node show ${name}`,
    });
  }

  function notSeen(missing: string, { id }: Running): Failure {
    return new Failure(
      'partial',
      `${name} was started and does not serve: ${missing}; it gets no tasks (operation ${id})`,
      {
        hint: `Look at the log of Octopus Server on ${address.host}. Then go on with:\n${again}`,
      },
    );
  }
}
