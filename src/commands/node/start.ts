import { command } from '../command.js';
import { maintaining } from './maintaining.js';
import { drainOptions, serviceOptions } from './out-options.js';

export const nodeStart = command({
  name: 'node start',
  summary: 'Start the service of nodes and wait until they are back',
  description:
    'Brings back what node stop has suspended, starts the service, and waits for a heartbeat that moves and for the ' +
    "node's own ping. A drain flag that node stop had set is cleared; one that somebody else had set stays.",
  args: ['node...'],
  options: { serviceTimeout: serviceOptions.serviceTimeout, tentacleGrace: serviceOptions.tentacleGrace },
  examples: [['octo-ha node start web-2', 'web-2 runs again and takes tasks as before.']],
  run: ({ node, ...wanted }, context) =>
    maintaining(
      'start',
      node,
      false,
      {
        ...wanted,
        drainTimeout: drainOptions.drainTimeout.initial,
        onTimeout: 'leave',
        cancelGrace: drainOptions.cancelGrace.initial,
        requestGrace: serviceOptions.requestGrace.initial,
        asTask: false,
        reboot: false,
      },
      context,
    ),
});
