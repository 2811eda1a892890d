import type { Answers } from '../../configuration/answers.js';
import { buildConnection, type LoginKind, loginKinds } from '../../setup/init/build-connection.js';
import { placeOfPassword } from '../context/place-of-password.js';
import type { Context } from '../context.js';

const paste = 'by the connection string that Octopus Server uses';
const build = 'by a few questions';

/** Asks how the database is reached. A password that is pasted goes where passwords are kept, never into the answers. */
export async function askConnection(name: string, context: Context): Promise<Partial<Answers>> {
  const { terminal, signal } = context;
  const how = await terminal.choose('How do you want to describe the database?', [paste, build], signal);
  const typed =
    how === build ? await askParts(context) : await terminal.secret('Connection string (not shown):', signal);
  const parted = await context.partConnection(typed);
  if (parted.password === undefined) return { connection: parted.connection };
  const placed = await placeOfPassword(name, parted, undefined, context);
  if (placed?.secret !== undefined && !context.globals.dryRun) {
    await (await context.secretStore()).keep(placed.place, placed.secret, signal);
  }
  // It is put into the keyring or a file.
  const place = placed?.place;
  const password = place !== undefined && ('file' in place || 'keyring' in place) ? place : undefined;
  return { connection: parted.connection, ...(password === undefined ? {} : { password }) };
}

async function askParts({ terminal, signal }: Context): Promise<string> {
  const server = await needed('Server, as HOST, HOST,PORT or HOST\\INSTANCE:');
  const database = (await terminal.ask('Database of Octopus Server: [Octopus]', signal)).trim() || 'Octopus';
  const kinds = Object.entries(loginKinds);
  const titles = kinds.map(([, { title }]) => title);
  const chosen = await terminal.choose('How does octo-ha log in there?', titles, signal);
  const [login = 'sql', { user: question } = loginKinds.sql] = kinds.find(([, { title }]) => title === chosen) ?? [];
  const user = question === undefined ? undefined : await needed(question);
  return buildConnection({ server, database, login: login as LoginKind, user });

  async function needed(text: string): Promise<string> {
    for (;;) {
      const answer = (await terminal.ask(text, signal)).trim();
      if (answer !== '') return answer;
      terminal.say('an answer is needed');
    }
  }
}
