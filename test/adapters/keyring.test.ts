import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { launcher } from '../support/built-cli.js';
import { selfSigned } from '../support/tds/certificate.js';
import { tdsServer } from '../support/tds-server.js';

const isThere = (program: string) => spawnSync(program, ['--version']).error === undefined;
const missing =
  !(isThere('dbus-run-session') && isThere('gnome-keyring-daemon')) && 'gnome-keyring or dbus is not installed';

const password = "Gehe!m; '42'";

/** Command lines of octo-ha in a desktop session with an unlocked keyring of its own, ended with them. */
async function inSession(directory: string, lines: readonly (readonly string[])[]) {
  const script = join(directory, 'lines.sh');
  const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
  await writeFile(
    script,
    [
      'printf unlock | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1',
      ...lines.map((words) => `${[process.execPath, launcher, ...words].map(quoted).join(' ')}; echo "exit $?"`),
    ].join('\n'),
  );
  const home = { HOME: directory, XDG_DATA_HOME: join(directory, 'data'), XDG_RUNTIME_DIR: directory };
  const env = { ...process.env, ...home, OCTO_HA_CONFIG: join(directory, 'config.yaml') };
  const child = spawn('dbus-run-session', ['--', 'sh', script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  await new Promise((resolve) => child.once('close', resolve));
  return output;
}

describe('the keyring', { skip: missing }, () => {
  test('keeps the password of a connection string, gives it to the login, and forgets it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'octo-ha-keyring-'));
    await using server = await tdsServer({ certificate: selfSigned() });
    const connection = `Server=localhost,${server.port};Database=Octopus;User ID=octo_ha;TrustServerCertificate=True`;
    const add = ['context', 'add', 'prod', '--password-keyring'];
    await writeFile(join(directory, 'config.yaml'), '');
    try {
      const output = await inSession(directory, [
        [...add, '--connection', `${connection};Password="${password}"`],
        ['database', 'test', '--timeout', '20s'],
        ['context', 'remove', 'prod'],
        [...add, '--connection', connection],
        ['context', 'add', 'again', '--connection', connection, '--password-prompt'],
      ]);

      assert.equal(server.logins[0]?.password, password, output);
      assert.ok(
        !output.includes('Gehe!m') && !(await readFile(join(directory, 'config.yaml'), 'utf8')).includes('Gehe'),
      );
      assert.match(output, /its password: the keyring, as prod: Octopus on localhost:\d+ as octo_ha/);
      assert.match(output, /prod is forgotten here; the cluster is as it was\nexit 0/);
      assert.match(output, /the password for the keyring is missing, and nobody can be asked here[\s\S]*exit 2/);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
