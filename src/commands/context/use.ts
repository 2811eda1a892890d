import { withSelection } from '../../configuration/edit.js';
import { command } from '../command.js';
import { knownContext } from './known-context.js';

export const contextUse = command({
  name: 'context use',
  summary: 'Select the cluster that is used when none is named',
  args: ['context'],
  options: {},
  examples: [['octo-ha context use prod', 'From now on octo-ha status shows prod.']],
  async run({ context: name }, context) {
    const { configurationFile, globals } = context;
    const text = await configurationFile.read();
    await knownContext(text, name, context);
    const json = { context: name, file: configurationFile.path };
    if (globals.dryRun) return { json: { ...json, dryRun: true }, text: `would select ${name}`, names: [name] };
    await configurationFile.write(withSelection(text, name));
    return { json, text: `${name} is used when no context is named`, names: [name] };
  },
});
