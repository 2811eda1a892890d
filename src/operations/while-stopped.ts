import * as z from 'zod/mini';
import { Failure } from '../errors.js';
import { inTime } from '../ports/clock.js';
import type { NodeJob } from './drive-node.js';
import { waysOn } from './journal/endings.js';
import { reboot, runOwnCommand, waitForNewStart } from './machine/service-control.js';
import { readService } from './machine/service-state.js';

const rebooted = z.object({ bootBefore: z.string() });

/** The administrator's command and the reboot, each once, while the service is stopped. */
export async function workWhileStopped(job: NodeJob, signal: AbortSignal): Promise<void> {
  const { running, node, request, telling, cluster } = job;
  const { machine } = job.machine;
  const { whileStopped } = request;
  const wanted = [...(whileStopped === undefined ? [] : ['run-command']), ...(request.reboot ? ['reboot'] : [])];
  const isNew = (action: string) => running.came(node, action) === undefined && !running.isOpen(node, action);
  if (wanted.some(isNew)) await mustBeStopped(job, signal);
  if (whileStopped !== undefined) {
    telling.step(`run: ${whileStopped}`);
    const change = { node, action: 'run-command', before: 'stopped', after: 'stopped' };
    await running.act(
      change,
      async (id) => {
        const command = { shellLine: whileStopped, asTask: request.asTask };
        const { exitCode, output } = await runOwnCommand(machine, id, command, signal);
        // An installer of Windows answers so when it wants a reboot: https://learn.microsoft.com/windows/win32/msi/error-codes
        // What it printed is the administrator's, and no business of the journal.
        if (output.trim() !== '') telling.step(`it printed: ${output.trim().slice(-500)}`);
        if (exitCode !== 0 && exitCode !== 3010) throw commandFailed(node.name, exitCode);
        return { exitCode };
      },
      signal,
    );
  }
  if (!request.reboot) return;
  telling.step('reboot its machine');
  const change = { node, action: 'reboot', before: 'stopped', after: 'stopped' };
  const came = rebooted.safeParse(await running.act(change, (id) => reboot(machine, id, signal), signal));
  // A person has said that it is done.
  if (!came.success) return;
  const { bootBefore } = came.data;
  const wait = (limit: AbortSignal) => waitForNewStart(machine, bootBefore, limit);
  const late = () =>
    new Failure('partial', `${machine.name} did not come back from its reboot in time`, {
      hint: `Look at it, and go on with: octo-ha operation resume ${running.id}`,
    });
  await inTime(cluster.clock, request.serviceTimeout, signal, wait, late);
}

async function mustBeStopped({ machine: { machine, address }, node, running }: NodeJob, signal: AbortSignal) {
  const { state } = await readService(machine, signal);
  if (state === 'stopped') return;
  throw new Failure(
    'partial',
    `${address.service} on ${machine.name} is ${state}, so nothing is done to it; ${node.name} was stopped before`,
    { hint: waysOn(running.id) },
  );
}

const commandFailed = (node: string, exitCode: number): Failure =>
  new Failure('failed', `the command on ${node} ended with exit code ${exitCode}; its service is stopped`, {
    hint: 'Mend it there, then go on with the same command.',
  });
