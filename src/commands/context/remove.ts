import { withoutContext } from '../../configuration/edit.js';
import type { KeptPlace } from '../../ports/secrets.js';
import { command } from '../command.js';
import { knownContext } from './known-context.js';
import { passwordFile } from './password-place.js';

export const contextRemove = command({
  name: 'context remove',
  summary: 'Forget a cluster on this machine; the cluster itself stays as it is',
  description:
    'Takes the context out of the file. A password that octo-ha put into the keyring or into a file for it is removed ' +
    'too; other places of a password are left alone.',
  args: ['context'],
  options: {},
  examples: [['octo-ha context remove old-prod', 'The cluster is not touched.']],
  async run({ context: name }, context) {
    const { configurationFile, globals, signal, terminal } = context;
    const text = await configurationFile.read();
    const { database } = await knownContext(text, name, context);
    const place = database.engine === 'sql-server' ? database.password : undefined;
    const ours = place && isOurs(place, passwordFile(configurationFile, name)) ? place : undefined;
    const json = { context: name, file: configurationFile.path };
    if (globals.dryRun) return { json: { ...json, dryRun: true }, text: `would forget ${name}`, names: [name] };
    if (ours !== undefined) {
      await (await context.secretStore()).forget(ours, signal).catch((error: Error) => {
        terminal.warn(`${terminal.err.yellow('warning:')} its password stays where it is: ${error.message}`);
      });
    }
    await configurationFile.write(withoutContext(text, name));
    return { json, text: `${name} is forgotten here; the cluster is as it was`, names: [name] };
  },
});

/** The keyring's entries are octo-ha's own, and so is the one file that `context add` offers. */
const isOurs = (place: object, file: string): place is KeptPlace =>
  'keyring' in place || ('file' in place && place.file === file);
