import { command } from '../command.js';
import { maintaining } from './maintaining.js';
import { drainOptions, serviceOptions } from './out-options.js';

export const nodeStop = command({
  name: 'node stop',
  summary: 'Drain nodes and stop their service',
  description:
    'Records and suspends what would start the service again (watchdog, start type), and leaves a hold. node start ' +
    'brings back exactly what was found.',
  args: ['node...'],
  options: { ...drainOptions, ...serviceOptions },
  examples: [
    ['octo-ha node stop web-2 --reason "new disks"', 'web-2 is drained, out of the balancer, and its service stopped.'],
  ],
  run: ({ node, ...wanted }, context) =>
    maintaining('stop', node, false, { ...wanted, asTask: false, reboot: false }, context),
});
