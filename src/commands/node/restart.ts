import { Failure } from '../../errors.js';
import { command } from '../command.js';
import { duration, flag, optionalWhole, text } from '../options.js';
import { maintaining } from './maintaining.js';
import { nextTime } from './next-time.js';
import { drainOptions, serviceOptions } from './out-options.js';

export const nodeRestart = command({
  name: 'node restart',
  summary: 'Restart nodes one after the other without losing a task',
  description:
    'Drains a node, waits until the load balancer has let go of it, stops its service, does what is to be done while it ' +
    'is stopped, starts it, waits until it is seen again, and gives it tasks as before. The next node begins only then. ' +
    'It stops at the first failure with the others untouched; the same command goes on where it stopped.',
  args: ['[node...]'],
  options: {
    ...drainOptions,
    ...serviceOptions,
    all: flag('every node of the cluster'),
    whileStopped: text('COMMAND', "a line for the machine's shell, run while the service is stopped"),
    asTask: flag('run it as a scheduled task of Windows, which installers want'),
    reboot: flag('reboot the machine while the service is stopped'),
    canary: flag('watch the first node before the others are begun'),
    bake: duration('10m', 'how long to watch the canary'),
    until: text('HH:MM', 'begin no further node after this time'),
    pauseAfter: optionalWhole({ least: 1, most: 1_000 }, 'stop after so many nodes and wait to be resumed'),
  },
  examples: [
    ['octo-ha node restart web-2', 'Shows what it means, asks, and restarts web-2.'],
    ['octo-ha node restart --all --yes --canary --until 05:00', 'The whole cluster in a change window.'],
    ['octo-ha node restart web-2 --reboot --while-stopped "apt-get -y upgrade"', 'Patch the machine meanwhile.'],
  ],
  async run({ node, all, canary, bake, until, pauseAfter, whileStopped, ...rest }, context) {
    if (rest.asTask && whileStopped === undefined) throw new Failure('usage', '--as-task goes with --while-stopped');
    const wanted = {
      ...rest,
      ...(whileStopped === undefined ? {} : { whileStopped }),
      ...(canary ? { bake } : {}),
      ...(until === undefined ? {} : { until: nextTime(until, new Date(context.clock.now())).toISOString() }),
      ...(pauseAfter === undefined ? {} : { pauseAfter }),
    };
    return await maintaining('restart', node, all, wanted, context);
  },
});
