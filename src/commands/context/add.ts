import { withContext } from '../../configuration/edit.js';
import { Failure } from '../../errors.js';
import { command } from '../command.js';
import type { Context } from '../context.js';
import { choice, flag, list, text } from '../options.js';
import { namedPlace, placeText } from './password-place.js';
import { placeOfPassword } from './place-of-password.js';

export const contextAdd = command({
  name: 'context add',
  summary: 'Describe a cluster to this machine',
  description:
    'Writes where the cluster is into the context file, and where its password is, never the password itself. A ' +
    'connection string that holds one is taken apart: the password goes to the keyring or to a file that only you can ' +
    'read, after asking. Without --connection it is asked for, and what is typed is not shown.',
  args: ['context'],
  options: {
    connection: text('STRING', 'the connection string, as Octopus Server itself uses it'),
    passwordEnv: text('VARIABLE', 'the password is in this environment variable'),
    passwordFile: text('FILE', 'the password is in this file, which only you can read'),
    passwordCommand: list('WORD', 'a command prints the password; once for each of its words'),
    passwordKeyring: flag('the password is in the keyring of this machine'),
    passwordPrompt: flag('the password is asked for each time'),
    ca: text('FILE', "authorities, in PEM, for the server's certificate"),
    nodeUrl: text('URL', "pattern of the nodes' own addresses, such as https://{name}:443"),
    placement: choice(['separate', 'octopus'], 'separate', "where octo-ha's tables are made"),
    own: text('DATABASE', "name of the separate database for octo-ha's tables"),
    select: flag('use it when no context is named; so is the first one'),
    replace: flag('replace the context of that name'),
  },
  examples: [
    ['octo-ha context add prod --password-env OCTO_SQL', 'The password stays in the environment.'],
    ['octo-ha context add prod --password-keyring', 'Asks for the connection string and keeps its password safe.'],
  ],
  async run({ context: name, ...options }, context) {
    const { configurationFile, globals, terminal, signal } = context;
    configurationFile.toBeMade();
    const [{ parseConfiguration, checkedContext }, before] = await Promise.all([
      import('../../configuration/parse.js'),
      configurationFile.read(),
    ]);
    const { contexts, current } = parseConfiguration(before, configurationFile.path);
    if (Object.hasOwn(contexts, name) && !options.replace) {
      throw new Failure('usage', `there is a context ${name} in ${configurationFile.path} already`, {
        hint: 'To replace it, add: --replace',
      });
    }
    const given = options.connection ?? (await askConnection(context));
    const parted = await context.partConnection(given);
    const named = namedPlace(
      { ...options, passwordFile: options.passwordFile && configurationFile.absolute(options.passwordFile) },
      `${name}: ${parted.description}`,
    );
    const place = await placeOfPassword(name, parted, named, context);
    const added = checkedContext({
      database: {
        connection: parted.connection,
        ...(place === undefined ? {} : { password: place.place }),
        ...(options.ca === undefined ? {} : { ca: configurationFile.absolute(options.ca) }),
        placement: options.placement,
        ...(options.own === undefined ? {} : { own: options.own }),
      },
      ...(options.nodeUrl === undefined ? {} : { nodeUrl: options.nodeUrl }),
    });
    const select = options.select || current === undefined;
    const json = {
      context: name,
      file: configurationFile.path,
      selected: select || current === name,
      password: place?.place ?? null,
    };
    if (!globals.dryRun) {
      if (place?.secret !== undefined) await (await context.secretStore()).keep(place.place, place.secret, signal);
      await configurationFile.write(withContext(before, name, added, { select }));
    }
    if (options.connection !== undefined && parted.password !== undefined) {
      terminal.warn(
        `${terminal.err.yellow('warning:')} the password stood in the command line, which other programs and the ` +
          "shell's history can see; without --connection it is asked for",
      );
    }
    return {
      json: globals.dryRun ? { ...json, dryRun: true } : json,
      text: [
        `${name} ${globals.dryRun ? 'would be' : 'is'} ${parted.description}`,
        ...(place === undefined ? [] : [`its password: ${placeText(place.place)}`]),
        ...(globals.dryRun ? [] : [`try it with: octo-ha database test${json.selected ? '' : ` --context ${name}`}`]),
      ].join('\n'),
      names: [name],
    };
  },
});

async function askConnection({ terminal, signal }: Context): Promise<string> {
  if (!terminal.interactive) {
    throw new Failure('usage', 'the connection string is missing, and nobody can be asked here', {
      hint: 'Name it without its password: --connection STRING --password-env VARIABLE',
    });
  }
  return await terminal.secret('Connection string, as Octopus Server uses it (not shown):', signal);
}
