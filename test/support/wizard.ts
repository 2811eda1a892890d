import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FieldName, fields } from '../../src/commands/init/fields.js';
import { loginKinds } from '../../src/setup/init/build-connection.js';
import { type Answers, answering, type Interrupting } from './answering.js';
import { filesWith } from './bare-lab.js';
import { type BuiltCli, builtCli } from './built-cli.js';
import { type Screen, screen } from './screen.js';

const noTmux = spawnSync('tmux', ['-V']).error !== undefined && 'tmux is not installed';

/** Why the wizard cannot be used here as a person does. */
export const withoutWizard = process.platform === 'win32' ? 'machines run commands by sh' : noTmux;

export const question = {
  login: 'How does octo-ha log in there?',
  passphrase: 'Passphrase of {question.file}:',
  sshPassword: 'Password of {question.login}:',
  sshCode: '{question.login}: {question.prompt}',
  hostKey: 'Is it the same, and to be kept with the cluster?',
  masterKey: 'Master key of the cluster:',
  nodesLogin: "Password of the nodes' login to the database:",
  account: 'Password of {account}:',
  make: 'Make {name} a node of the cluster?',
  keep: 'Keep where {name} is?',
  write: "May octo-ha write this to Octopus' database from now on?",
  one: 'Do that?',
  several: 'Do these things?',
  fileServer: 'Password of {user} for the file server:',
  sqlLogin: 'Password for {describe(settings)}:',
  paste: 'Connection string (not shown):',
  name: 'What is the cluster called on this machine? [octopus]',
  how: 'How do you want to describe the database?',
  server: 'Server, as HOST, HOST,PORT or HOST\\INSTANCE:',
  database: 'Database of Octopus Server: [Octopus]',
  keyring: 'Put it into the keyring of this machine?',
  file: 'Put it into that file, which only you can read?',
} as const;

export const secrets = {
  share: 'Gr8-share-secret-7Qx',
  passphrase: 'A-long-Phrase-5Zk',
  ssh: 'Let-me-in-9Vw',
  code: '4711-0815-2342',
  nodes: 'Nodes-secret-3Jd',
  account: 'Account-secret-6Tf',
  sql: 'Sql-secret-8Lp',
} as const;

export const of = (name: keyof typeof texts): string => texts[name] ?? '';
export const texts: Readonly<Partial<Record<FieldName, string>>> = Object.fromEntries(
  Object.entries(fields).flatMap(([name, field]) => ('question' in field ? [[name, field.question.text]] : [])),
);

export const usual = { typed: [], kept: true } as const;
export const yes = { typed: ['y'] } as const;
export const no = { typed: ['n'] } as const;
export const kept = (...typed: readonly string[]) => ({ typed, kept: true }) as const;
export const secret = (text: string) => ({ typed: [text], secret: true }) as const;

export interface Place {
  readonly cli: BuiltCli;
  readonly terminal: Screen;
  /** Presses Ctrl-C at each question. */
  readonly interrupting: boolean;
  /** Questions that were asked. */
  readonly asked: Set<string>;
}

export async function walk(
  { terminal, interrupting, asked }: Place,
  line: string,
  answers: Answers,
  { at = Object.keys(answers), ...more }: Partial<Interrupting> = {},
): Promise<string> {
  for (const name of Object.keys(answers)) asked.add(name);
  const { code, shown } = await answering(terminal, line, answers, { at: interrupting ? at : [], ...more });
  const ended = code === 0 ? '' : (/^error: (.*)/m.exec(shown)?.[1] ?? '');
  return `${line.replace(/ -.*/, '')}: ${code} ${ended}`;
}

/** In two places at once: one where it is interrupted at each question, and one where it is not. What is left is the same. */
export async function inBoth<Left>(
  questions: readonly string[],
  leave: (place: Place) => Promise<Left>,
): Promise<Left> {
  const [disturbed, undisturbed] = await Promise.all(
    [true, false].map(async (interrupting) => {
      await using cli = await builtCli();
      await using terminal = await screen(cli.env);
      const asked = new Set<string>();
      const left = await leave({ cli, terminal, interrupting, asked });
      if (interrupting) assert.deepEqual([...asked].toSorted(), questions.toSorted());
      return left;
    }),
  );
  assert.ok(disturbed !== undefined && undisturbed !== undefined);
  assert.deepEqual(disturbed, undisturbed);
  return disturbed;
}

export const directoryOf = ({ env }: BuiltCli): string => dirname(env['OCTO_HA_CONFIG'] ?? '');

/** The context file and the answers, without what two labs differ in. */
export async function filesOf(cli: BuiltCli): Promise<readonly (readonly [string, string])[]> {
  const directory = directoryOf(cli);
  const names = (await readdir(directory)).filter((name) => name.endsWith('.yaml')).toSorted();
  return await Promise.all(
    names.map(async (name) => [name, alike(await readFile(join(directory, name), 'utf8'), directory)] as const),
  );
}

export const alike = (text: string, directory: string): string =>
  text
    .replaceAll(directory, 'HOME')
    .replace(/(127\.0\.0\.1[:,])\d+/g, '$1PORT')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replace(/SHA256:[\w+/]{43}/g, 'SHA256:KEY')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');

/** None of them in anything that was shown, nor in a file that is not named here. */
export async function nowhere(
  { cli, terminal }: Place,
  hidden: readonly string[],
  holders: readonly string[],
): Promise<void> {
  const shown = [await terminal.everything(), await terminal.written()].join('\n');
  assert.match(shown, /exit 0|exit \d/);
  for (const one of hidden) {
    assert.ok(!shown.includes(one), `${one} was shown`);
    const found = await filesWith(directoryOf(cli), [one]);
    assert.deepEqual(
      found.filter((file) => !holders.includes(file)),
      [],
      one,
    );
  }
}

/** Every question of the wizard over a cluster of a lab. */
export const questionsInLab: readonly string[] = [
  ...stages('storage', 'nodes', 'load-balancer'),
  ...[question.fileServer, question.one, question.several, question.hostKey, question.masterKey],
  ...[question.passphrase, question.sshPassword, question.sshCode, question.make, question.keep, question.write],
  ...[question.nodesLogin, question.account],
];

/** Every question about a database of SQL Server. */
export const questionsOfDatabase: readonly string[] = [
  ...stages('database').filter((text) => text !== of('connection')),
  ...Object.values(loginKinds).flatMap(({ user }) => user ?? []),
  ...[question.name, question.how, question.server, question.database, question.login, question.paste],
  ...[question.keyring, question.file, question.sqlLogin, question.one],
];

function stages(...names: readonly string[]): readonly string[] {
  return Object.values(fields).flatMap((field) =>
    'question' in field && names.includes(field.stage) ? [field.question.text] : [],
  );
}
