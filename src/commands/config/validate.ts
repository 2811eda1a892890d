import { counted } from '../../cluster/counted.js';
import { Failure } from '../../errors.js';
import { command } from '../command.js';

export const configValidate = command({
  name: 'config validate',
  summary: 'Check the context file without connecting to anything',
  description: 'What is wrong is told with line and column (exit 2). The connection strings are read too.',
  args: [],
  options: {},
  examples: [['octo-ha config validate', 'Before it is given to colleagues.']],
  async run(_input, { configurationFile, partConnection, terminal }) {
    const { validateConfiguration } = await import('../../configuration/parse.js');
    const { path } = configurationFile;
    const { contexts, current } = validateConfiguration(await configurationFile.read(), path);
    const names = Object.keys(contexts);
    for (const [name, { database }] of Object.entries(contexts)) {
      if (database.engine === 'sqlite') continue;
      const { password } = await partConnection(database.connection).catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error;
        throw new Failure(error.kind, `${path}: contexts.${name}.database.connection: ${error.message}`, {
          hint: error.hint,
        });
      });
      if (password === undefined) continue;
      terminal.warn(
        `${terminal.err.yellow('warning:')} contexts.${name}.database.connection holds a password; ` +
          `keep it elsewhere with: octo-ha context add ${name} --replace`,
      );
    }
    return {
      json: { path, valid: true, contexts: names, current: current ?? null },
      text: `${path} is valid: ${counted(names.length, 'context')}`,
      names,
    };
  },
});
