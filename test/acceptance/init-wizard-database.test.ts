import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fields } from '../../src/commands/init/fields.js';
import { loginKinds } from '../../src/setup/init/build-connection.js';
import { questionsOf } from '../support/questions-in-source.js';
import { tdsServer } from '../support/tds-server.js';
import {
  directoryOf,
  filesOf,
  inBoth,
  kept,
  no,
  nowhere,
  of,
  question,
  questionsInLab,
  questionsOfDatabase,
  secret,
  secrets,
  texts,
  usual,
  walk,
  withoutWizard,
  yes,
} from '../support/wizard.js';

/** Asked on no machine that a test can have, or by other commands through the same files. */
const elsewhere: Readonly<Record<string, string>> = {
  'Password of the account of Octopus Server on Windows:': 'a machine with Windows',
  'Password for {description}:': 'context add',
  '{question} Type {name} to go on:': 'severe changes',
  'Password:': 'doctor, of a place without words of its own',
};

/** What asks a question that it is given. */
const relays = [
  'adapters/cluster-database.ts: question',
  'commands/consent.ts: question',
  'commands/init/ask-connection.ts: question',
  'commands/init/ask-connection.ts: text',
  'commands/init/complete.ts: text',
  'commands/node/join-secrets.ts: question',
];

describe('init at a terminal of 80 by 24, left by Ctrl-C at each question about a database', {
  skip: withoutWizard,
}, () => {
  test('come to the same end over a database of SQL Server', async () => {
    await using server = await tdsServer({
      answer: ({ text }) => (text.includes('CREATE DATABASE') ? [[{ done: 1 }]] : withoutOctopus),
    });
    const left = await inBoth(questionsOfDatabase, async (place) => {
      const { cli, interrupting } = place;
      const others = interrupting ? [loginKinds.ntlm, loginKinds['entra-service-principal']] : [];
      const kinds = Object.values(loginKinds).map(({ user }) => user);
      const built = await walk(place, 'init --step database', {
        [question.name]: { typed: ['prod'] },
        [question.how]: { typed: ['<Down>'] },
        [question.server]: { typed: [`127.0.0.1,${server.port}`] },
        [question.database]: { typed: [] },
        [question.login]: {
          typed: (interrupted) => {
            const next = others.find(({ user }) => !interrupted.has(user))?.user ?? loginKinds.sql.user;
            return kinds.slice(0, kinds.indexOf(next)).map(() => '<Down>');
          },
        },
        [loginKinds.sql.user]: { typed: ['octo'] },
        ...Object.fromEntries(others.map(({ user }) => [user, { typed: [] }])),
        [of('password')]: usual,
        [of('placement')]: usual,
        [question.sqlLogin]: secret(secrets.sql),
      });
      const pasted = await walk(place, 'init --step database --context test', {
        [question.how]: { typed: [] },
        [question.paste]: secret(
          `Server=127.0.0.1,${server.port};Database=Octopus;User ID=octo;Password=${secrets.sql};Encrypt=False`,
        ),
        [question.keyring]: no,
        [question.file]: yes,
        [of('placement')]: kept('<Down>'),
      });
      const made = await walk(place, 'init --step database --context test --create-database', {
        [question.one]: yes,
      });
      await nowhere(place, [secrets.sql], [join(directoryOf(cli), 'test.password')]);
      return { ends: [built, pasted, made], files: await filesOf(cli), all: await readdir(directoryOf(cli)) };
    });

    assert.deepEqual(
      left.ends.map((end) => end.replace(/:\d+ offers/, ' offers')),
      [
        'init: 9 SQL Server at 127.0.0.1 offers no encryption, so no login was sent',
        'init: 2 Octopus is not a database of Octopus Server: it has no table dbo.OctopusServerNode and no dbo.ServerTask',
        'init: 0 ',
      ],
    );
    assert.deepEqual(left.all, ['config.yaml', 'init-prod.yaml', 'init-test.yaml', 'test.password']);
    assert.match(left.files[1]?.[1] ?? '', /connection: Server=127\.0\.0\.1,PORT;Database=Octopus;User ID=octo\n/);
    assert.match(
      left.files[2]?.[1] ?? '',
      /Encrypt=False\npassword:\n +file: HOME\/test\.password\nplacement: octopus/,
    );
  });
});

describe('the questions of init and node add', () => {
  test('are those that are left by Ctrl-C and answered', () => {
    const found = questionsOf(['commands/init/init.ts', 'commands/node/add.ts']);
    const given = Object.values(loginKinds).flatMap(({ user }) => user ?? []);
    const own = Object.entries(texts).flatMap(([name, text]) => (name === 'connection' ? [] : [text]));
    const hinted = '{text}{hint}';

    assert.deepEqual(
      [...found.texts, ...given, ...own].filter((text) => text !== hinted).toSorted(),
      [...new Set([...questionsInLab, ...questionsOfDatabase, ...Object.keys(elsewhere)])].toSorted(),
    );
    assert.deepEqual([...found.relays].toSorted(), relays);
  });

  test('are introduced by lines that fit on a terminal', () => {
    const said = Object.values(fields).flatMap((field) =>
      'question' in field && 'about' in field.question ? field.question.about.split('\n') : [],
    );

    assert.ok(said.length > 5);
    for (const line of said) assert.ok(line.length <= 80, line);
  });
});

/** How a database answers for its catalogue that Octopus Server has not been at work on. */
const withoutOctopus = [
  [{ table_schema: 'dbo', table_name: 'other', column_name: 'id', data_type: 'int', in_key: 1 }],
  [
    {
      ...{ now: new Date(), server_name: 'sql-1', server_version: '16.0.4135.4', database_name: 'Octopus' },
      ...{ collation: 'Latin1_General_CI_AS', login: 'octo', hadr: false, own_exists: false },
    },
  ],
];
