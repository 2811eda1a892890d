import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { builtCli, launcher } from '../support/built-cli.js';
import { screen } from '../support/screen.js';
import { tdsServer } from '../support/tds-server.js';

const missing = spawnSync('tmux', ['-V']).error !== undefined && 'tmux is not installed';
const octoHa = `${process.execPath} ${launcher}`;

describe('output at a terminal', { skip: missing }, () => {
  test('a table is shortened to the width, which a pipe is not', async () => {
    const directory = `/srv/${'octopus'.repeat(20)}`;
    const context = `contexts:\n  東京:\n    database: { engine: sqlite, directory: ${directory} }\n  b:\n    database: { engine: sqlite, directory: /b }\n`;
    await using cli = await builtCli({ context });
    await using terminal = await screen(cli.env);

    await terminal.type(`clear; ${octoHa} context list; ${octoHa} context list | tail -2; echo "exit $?"`);
    await terminal.press('Enter');

    const seen = await terminal.shows(/exit 0/);
    const [head = '', first = '', second = ''] = seen.split('\n');
    assert.match(head, /^ +CONTEXT +DATABASE$/);
    assert.match(first, /^ +東京 +\/srv\/octopus.*…$/);
    assert.ok(first.length <= 80, 'it has not been wrapped');
    assert.match(second, /^ +b +\/b$/);
    assert.equal(second.indexOf('/b'), head.indexOf('DATABASE'));
    assert.ok(seen.replaceAll('\n', '').includes(directory), 'the pipe has it whole');
  });

  test('a connection string with its password is typed unseen, and the password is put where only its owner reads', async () => {
    await using cli = await builtCli();
    await using terminal = await screen(cli.env);
    const file = join(dirname(cli.env['OCTO_HA_CONFIG'] ?? ''), 'prod.password');

    await terminal.type(`clear; ${octoHa} context add prod; echo "exit $?"`);
    await terminal.press('Enter');
    await terminal.shows(/Connection string, as Octopus Server uses it \(not shown\):/);
    await terminal.type('Server=sql1;Database=Octopus;User ID=octo_ha;Password=geheim');
    await terminal.press('Enter');
    await terminal.shows(/Put it into the keyring of this machine\? \(y\/N\)/);
    await terminal.press('Enter');
    await terminal.shows(/which only you can read\? \(y\/N\)/);
    await terminal.type('y');
    await terminal.press('Enter');

    const seen = await terminal.shows(/prod is Octopus on sql1:1433 as octo_ha[\s\S]*exit 0/);
    assert.doesNotMatch(seen, /geheim/);
    assert.equal(await readFile(file, 'utf8'), 'geheim');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.doesNotMatch(await readFile(cli.env['OCTO_HA_CONFIG'] ?? '', 'utf8'), /geheim/);
  });

  test('what lasts shows that it goes on, and leaves nothing behind', async () => {
    await using server = await tdsServer({ login: () => 'silence' });
    const connection = `Server=127.0.0.1,${server.port};Database=Octopus;User ID=a;Password=b;Encrypt=False`;
    await using cli = await builtCli({ extra: { OCTO_HA_DATABASE: connection } });
    await using terminal = await screen(cli.env);

    await terminal.type(`clear; ${octoHa} status --timeout 3s; echo "exit $?"`);
    await terminal.press('Enter');
    await terminal.shows(/^[|/\\-] status, 1s$/m);
    const seen = await terminal.shows(/exit 9/);
    assert.doesNotMatch(seen, /status, \d/);

    const { stderr } = await cli.run('status --timeout 2s');
    assert.doesNotMatch(stderr, /\r|status, \d/, 'nobody watches a pipe');
  });

  test('long text goes through the pager that is named, and past it where none is wanted', async () => {
    await using cli = await builtCli({ extra: { PAGER: 'false', OCTO_HA_PAGER: "sed 's/^/paged: /'" } });
    await using terminal = await screen(cli.env);

    await terminal.type(`clear; ${octoHa} node drain --help; echo "first exit $?"`);
    await terminal.press('Enter');
    assert.match(await terminal.shows(/first exit 0/), /^paged: +--deadline/m);

    await terminal.type(`clear; ${octoHa} node drain --help --no-pager; echo "second exit $?"`);
    await terminal.press('Enter');
    assert.doesNotMatch(await terminal.shows(/second exit 0/), /paged/);

    await terminal.type(`clear; OCTO_HA_PAGER=no-such-pager ${octoHa} node drain --help; echo "third exit $?"`);
    await terminal.press('Enter');
    assert.match(await terminal.shows(/third exit 0/), /^ +--deadline/m);

    await terminal.type(`clear; ${octoHa} config path; echo "fourth exit $?"`);
    await terminal.press('Enter');
    assert.doesNotMatch(await terminal.shows(/fourth exit 0/), /paged/, 'short text needs none');
  });

  test('what was done is told at once, and only what was found goes through the pager', async () => {
    const context = 'contexts:\n  a: { database: { engine: sqlite, directory: /a } }\n';
    await using cli = await builtCli({ context, extra: { OCTO_HA_PAGER: "sed 's/^/paged: /'" } });
    await using terminal = await screen(cli.env, { columns: 80, rows: 1 });
    const ended = (marker: string) => (text: string) => text.includes(`\n${marker} exit 0`);

    await terminal.type(`${octoHa} context list; echo "first exit $?"`);
    await terminal.press('Enter');
    assert.match(await terminal.until(ended('first')), /^paged: .*CONTEXT/m);

    await terminal.type(`${octoHa} context use a; echo "second exit $?"`);
    await terminal.press('Enter');
    const seen = await terminal.until(ended('second'));
    assert.match(seen.split('first exit 0')[1] ?? '', /^a is used when no context is named$/m);
  });
});
