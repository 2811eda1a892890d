import { withoutContext } from '../../configuration/edit.js';
import { takeDown } from '../../lab/down.js';
import { labPaths } from '../../lab/record.js';
import { command } from '../command.js';
import { isContextOf, labContextName } from './lab-context.js';

export const labDown = command({
  name: 'lab down',
  summary: 'End the practice cluster and remove everything of it',
  args: [],
  options: {},
  examples: [['octo-ha lab down', 'Leaves no process and no file.']],
  async run(_input, context) {
    const { signal, globals, configurationFile } = context;
    const configuration = await context.configuration();
    const host = await context.lab();
    const { path } = host.home;
    if (globals.dryRun) {
      return { json: { dryRun: true, home: path }, text: `would take down the lab in ${path}` };
    }
    const { processes, killed, existed } = await takeDown(host, signal);
    if (isContextOf(configuration.contexts[labContextName], host.home.pathOf(labPaths.database))) {
      await configurationFile.write(withoutContext(await configurationFile.read(), labContextName));
    }
    const ended = `${processes} ${processes === 1 ? 'process' : 'processes'} ended${killed > 0 ? `, ${killed} of them killed` : ''}`;
    return {
      json: { home: path, existed, processes, killed },
      text: existed || processes > 0 ? `the lab is down: ${ended}, ${path} removed` : `there was no lab in ${path}`,
    };
  },
});
