import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { filesWith, formsOf, lab, nodesOf } from '../support/bare-lab.js';
import { type BuiltCli, builtCli } from '../support/built-cli.js';
import { onlooker, type Shown } from '../support/onlooker.js';
import { withoutOpenSsh } from '../support/open-ssh.js';
import { startSamba, withoutSamba } from '../support/samba.js';

const skip = (process.platform !== 'linux' && 'processes are looked at in /proc') || withoutSamba || withoutOpenSsh;

/** What stands for Octopus.Server on a machine of the lab is a script, and the program that it runs; what is octo-ha's there is a line for a shell. */
const isServer = ({ argv }: Shown) => /(^|[\0/])Octopus\.Server\0/.test(argv) && !/\0-c\0/.test(argv);

/** Puts secrets into files beside the context file, and answers with where they are. */
async function placed<Name extends string>(secrets: Readonly<Record<Name, string>>, cli: BuiltCli) {
  const directory = join(dirname(cli.env['OCTO_HA_CONFIG'] ?? ''), 'given');
  await mkdir(directory);
  const places = Object.entries<string>(secrets).map(async ([name, secret]) => {
    await writeFile(join(directory, name), secret, { mode: 0o600 });
    return [name, { file: join(directory, name) }] as const;
  });
  return Object.fromEntries(await Promise.all(places)) as Readonly<Record<Name, { readonly file: string }>>;
}

async function edit(file: string, change: (document: never) => unknown): Promise<void> {
  await writeFile(file, stringify(change(parse(await readFile(file, 'utf8')) as never)));
}

describe('what octo-ha is told in confidence', { skip }, () => {
  test('is in nothing that it writes, and in no argument or environment but those of Octopus.Server', async (t) => {
    await using look = await onlooker(['smbclient', 'ssh', 'base64']);
    await using cli = await builtCli({ extra: { PATH: look.path } });
    const directory = dirname(cli.env['OCTO_HA_CONFIG'] ?? '');
    assert.equal((await cli.run('lab up --machines 3 --nodes 0 --balancer own')).code, 0);
    const secrets = {
      sql: 'Sql;secret=7Qx',
      account: "Service'secret$8Wy",
      passphrase: 'Key passphrase 9Ez',
      share: 'Share-secret-6Rt',
      wrong: 'Wrong-secret-5Ab',
    };
    await using samba = await startSamba({ password: secrets.share, folder: lab(cli, 'share') });
    const place = await placed(secrets, cli);
    const all = {
      ...secrets,
      masterKey: await readFile(lab(cli, 'master-key'), 'utf8'),
      apiKey: await readFile(lab(cli, 'api-key'), 'utf8'),
    };
    execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', secrets.passphrase, '-f', lab(cli, 'ssh', 'id_ed25519')]);
    const describe = (ssh: object, api: object = {}) =>
      edit(cli.env['OCTO_HA_CONFIG'] ?? '', (file: { contexts: { lab: { ssh: object; api: object } } }) => {
        const { lab } = file.contexts;
        const described = { ...lab, ssh: { ...lab.ssh, ...ssh }, api: { ...lab.api, ...api } };
        return { ...file, contexts: { lab: described } };
      });
    await describe({ passphrase: place.passphrase });
    await edit(lab(cli, 'answers.yaml'), (answers: { nodes: readonly object[] }) => ({
      ...{ ...answers, nodes: answers.nodes.slice(0, 2), account: 'octopus', accountPassword: place.account },
      storage: `smb://127.0.0.1:${samba.port}/octopus`,
      ...{ storageUser: samba.credentials.user, storagePassword: place.share },
    }));
    const machine = 'node add node-3 --manager systemd --service octopus-server --account octopus --yes';
    const keys = `--master-key file:${lab(cli, 'master-key')} --account-password file:${place.account.file}`;
    const told: string[] = [];
    const run = async (line: string, code: number, says: RegExp) => {
      const ended = await cli.run(line);
      told.push(ended.stdout, ended.stderr);
      assert.equal(ended.code, code, `${line}\n${ended.stderr}`);
      assert.match(`${ended.stdout}${ended.stderr}`, says);
    };

    await run(`init --answers ${lab(cli, 'answers.yaml')} --yes -v`, 0, /√ storage/);
    const foreign = `--connection Server=127.0.0.1,${samba.port};Database=Octopus;UID=octo --connection-password file:${place.sql.file}`;
    await run(`${machine} ${keys} ${foreign} -v --json`, 6, /Unable to connect to the database/);
    const mistaken = keys.replace(lab(cli, 'master-key'), place.wrong.file);
    await run(`${machine} ${mistaken} -v`, 6, /The supplied Master Key is not the one/);
    await run(`${machine} ${keys} -v`, 0, /node-3 is a node of the cluster/);
    await run('node restart node-1 --yes -v', 0, /node-1/);
    await run('doctor --probe --show all -v', 0, /√ storage\/login/);
    await run('database test -v', 0, /3 nodes/);
    await describe({ passphrase: place.wrong });
    await run('node restart node-1 --yes -v --json', 9, /does not let us log in|passphrase/);
    await describe({ passphrase: place.passphrase }, { key: place.wrong });
    await run('doctor licence -v --json', 4, /API key/);

    assert.deepEqual(await nodesOf(cli), ['node-1 running 5', 'node-2 running 5', 'node-3 running 5']);
    const holders = new Map<string, readonly string[]>();
    for (const [name, secret] of Object.entries(all)) {
      const forms = formsOf(secret);
      for (const form of forms) assert.ok(!told.join('\n').includes(form), `${name} was printed as ${form}`);
      const others = (await look.seen(forms)).filter((shown) => !isServer(shown));
      assert.deepEqual(others, [], `${name} was shown`);
      holders.set(name, await filesWith(directory, forms));
    }
    const inLab = (name: string) => lab(cli, name);
    assert.deepEqual(Object.fromEntries(holders), {
      ...Object.fromEntries(Object.entries(place).map(([name, { file }]) => [name, [file]])),
      // The lab's own: the keys of the cluster have to be somewhere.
      masterKey: [inLab('lab.json'), inLab('master-key')],
      apiKey: [inLab('api-key')],
    });
    // The looks are quick enough, and what is looked for is found where it has to be.
    for (const name of ['masterKey', 'account', 'sql'] as const) {
      assert.ok((await look.seen(formsOf(all[name]))).some(isServer), `Octopus.Server was seen with ${name}`);
    }
    assert.ok((await look.seen(['smbclient\0'])).length > 0, 'smbclient was seen at work');
    t.diagnostic(`${look.looks} processes were looked at`);
  });
});
