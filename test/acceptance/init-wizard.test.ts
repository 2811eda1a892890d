import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import Libsql from 'libsql';
import { callsOn, lab, nodesOf, once } from '../support/bare-lab.js';
import type { BuiltCli } from '../support/built-cli.js';
import { guardMachine } from '../support/guarded-machine.js';
import { startSamba, withoutSamba } from '../support/samba.js';
import {
  alike,
  directoryOf,
  filesOf,
  inBoth,
  kept,
  nowhere,
  of,
  question,
  questionsInLab,
  secret,
  secrets,
  usual,
  walk,
  withoutWizard,
  yes,
} from '../support/wizard.js';

describe('init and node add at a terminal of 80 by 24, left by Ctrl-C at each question', {
  skip: withoutWizard || withoutSamba,
}, () => {
  test('come to the same end over a cluster of a lab', async () => {
    const left = await inBoth(questionsInLab, async (place) => {
      const { cli } = place;
      assert.equal((await cli.run('lab up --machines 2 --nodes 0 --balancer none')).code, 0);
      const [ports, locked] = await guarded(cli);
      const masterKey = await readFile(lab(cli, 'master-key'), 'utf8');
      await using samba = await startSamba({ password: secrets.share, folder: lab(cli, 'share') });
      await using guard = await guardMachine(
        {
          hostKey: await hostKeyOf(cli, 'node-2'),
          key: await readFile(lab(cli, 'ssh/id_ed25519'), 'utf8'),
          password: secrets.ssh,
          code: secrets.code,
        },
        { port: ports['node-2']?.ssh ?? 0, user: 'lab' },
      );
      await behindGuard(cli, { port: guard.port, key: locked });

      const first = await walk(place, 'init --step storage', {
        [of('storage')]: kept(`smb://127.0.0.1:${samba.port}/octopus`),
        [of('storageUser')]: kept(samba.credentials.user),
        [of('storagePassword')]: usual,
        [of('nodeStorage')]: kept(samba.folder),
        [question.fileServer]: secret(secrets.share),
        [question.several]: yes,
      });
      const second = await walk(place, 'init --step nodes', {
        [of('nodes')]: kept('node-1'),
        [of('nodeUrl')]: kept(ports['node-1']?.url ?? ''),
        [of('manager')]: kept('<Down>'),
        [of('cap')]: kept('7'),
        [of('masterKey')]: usual,
        [question.hostKey]: yes,
        [question.one]: yes,
        [question.masterKey]: secret(masterKey),
      });
      const third = await walk(place, 'init --step load-balancer', {
        [of('balancer')]: usual,
        [of('listen')]: kept('*:8080'),
        [of('balancerFile')]: kept(join(directoryOf(cli), 'balancer.cfg')),
        [of('checkInterval')]: kept('500ms'),
        [of('fall')]: kept('3'),
        [of('rise')]: usual,
        [of('portal')]: usual,
        [question.several]: yes,
      });
      // Nothing is asked again but the secret that is kept nowhere.
      const whole = await walk(place, 'init', { [question.fileServer]: secret(secrets.share) }, { at: [] });

      onTables(cli, (run) => run("DELETE FROM setting WHERE name = 'consent.sql'"));
      const entering = {
        [question.passphrase]: secret(secrets.passphrase),
        [question.sshPassword]: { ...secret(secrets.ssh), begins: 'Password of lab@' },
        [question.sshCode]: { ...secret(secrets.code), begins: 'lab@' },
      };
      const adding = { ...entering, [question.hostKey]: yes, [question.make]: yes, [question.write]: yes };
      const add = 'node add node-2 --manager systemd --cap 3 --account CORP/octopus';
      if (place.interrupting) {
        const stranger = `${add} --connection 'Server=127.0.0.1,${samba.port};Database=Octopus;User ID=octo'`;
        await walk(place, stranger, { ...adding, [question.nodesLogin]: secret(secrets.nodes) }, { andLeave: true });
      }
      const fourth = await walk(
        place,
        add,
        { ...adding, [question.masterKey]: secret(masterKey), [question.account]: secret(secrets.account) },
        { at: [question.masterKey, question.account] },
      );
      const adopt = `node add node-2 --manager systemd --url ${ports['node-2']?.url}`;
      const fifth = await walk(
        place,
        adopt,
        { ...entering, [question.hostKey]: yes, [question.keep]: yes },
        { at: [question.keep] },
      );
      const nodes = await nodesOf(cli);
      const calls = await Promise.all(['node-1', 'node-2'].map((machine) => callsOn(cli, machine)));
      const rows = rowsOf(cli);

      onTables(cli, (run, tables) => tables.forEach((table) => void run(`DROP TABLE ${table}`)));
      const sixth = await walk(place, 'init --step database', { [question.several]: yes });
      await nowhere(
        place,
        [masterKey, secrets.share, secrets.passphrase, secrets.ssh, secrets.code, secrets.nodes, secrets.account],
        ['lab.json', 'master-key'].map((name) => lab(cli, name)),
      );
      return {
        ends: [first, second, third, whole, fourth, fifth, sixth],
        ...{ nodes, calls, rows, made: rowsOf(cli), files: await filesOf(cli) },
      };
    });

    const [init, add] = ['init: 0 ', 'node add node-2: 0 '];
    assert.deepEqual(left.ends, [init, init, init, init, add, add, init]);
    assert.deepEqual(left.nodes, ['node-1 running 7', 'node-2 running 3']);
    assert.deepEqual(left.calls, [once, once]);
    assert.match(JSON.stringify(left.made.settings), /consent\.sql/);
  });
});

/** Ports of the machines; and a copy of the key that they let in, with a passphrase. No host key is known any more. */
async function guarded(cli: BuiltCli) {
  const [config, answers] = await Promise.all([
    readFile(lab(cli, 'ssh/config'), 'utf8'),
    readFile(lab(cli, 'answers.yaml'), 'utf8'),
  ]);
  const ssh = [...config.matchAll(/^Host (\S+)[\s\S]*?Port (\d+)/gm)];
  const urls = [...answers.matchAll(/url: (\S+)/g)];
  const ports = Object.fromEntries(
    ssh.map(([, name = '', port], i) => [name, { ssh: Number(port), url: urls[i]?.[1] ?? '' }]),
  );
  const locked = lab(cli, 'ssh/locked');
  await copyFile(lab(cli, 'ssh/id_ed25519'), locked);
  execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', secrets.passphrase, '-f', locked]);
  await rm(lab(cli, 'ssh/known_hosts'));
  return [ports, locked] as const;
}

async function hostKeyOf(cli: BuiltCli, machine: string): Promise<string> {
  const text = await readFile(lab(cli, 'machines', machine, 'ssh_host_key.json'), 'utf8');
  return (JSON.parse(text) as { private: string }).private;
}

/** From now on the second machine is reached through one that wants more. */
async function behindGuard(cli: BuiltCli, { port, key }: { port: number; key: string }): Promise<void> {
  const file = lab(cli, 'ssh/config');
  const text = await readFile(file, 'utf8');
  const at = text.indexOf('Host node-2');
  const second = text
    .slice(at)
    .replace(/Port \d+/, `Port ${port}`)
    .replace(/IdentityFile .*/, `IdentityFile "${key}"`);
  await writeFile(file, `${text.slice(0, at)}${second}`);
}

/** Statements on octo-ha's own tables of a lab. */
function onTables<Result>(
  cli: BuiltCli,
  work: (run: (sql: string) => readonly Record<string, unknown>[], tables: readonly string[]) => Result,
): Result {
  const database = new Libsql(lab(cli, 'database/octo_ha.db'), { timeout: 10_000 });
  try {
    const run = (sql: string) => {
      const statement = database.prepare(sql);
      if (statement.reader) return statement.all() as Record<string, unknown>[];
      statement.run();
      return [];
    };
    const tables = run("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").map(
      ({ name }) => `${name}`,
    );
    return work(run, tables);
  } finally {
    database.close();
  }
}

/** What octo-ha has kept, without moments and the names of operations. */
const rowsOf = (cli: BuiltCli) =>
  onTables(cli, (run) => ({
    settings: run('SELECT name, value FROM setting ORDER BY name').map((row) =>
      alike(JSON.stringify(row), directoryOf(cli)),
    ),
    nodes: run('SELECT * FROM node ORDER BY 1').map((row) => alike(JSON.stringify(row), directoryOf(cli))),
    machines: run('SELECT * FROM machine ORDER BY 1').map((row) => alike(JSON.stringify(row), directoryOf(cli))),
    operations: run('SELECT kind, state FROM operation ORDER BY started'),
    steps: run('SELECT node_id, action, result FROM step ORDER BY operation_id, number'),
  }));
