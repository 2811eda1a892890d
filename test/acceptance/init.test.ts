import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { argumentsWith, callsOn, filesWith, lab, moments, nodesOf, once } from '../support/bare-lab.js';
import { builtCli } from '../support/built-cli.js';
import { startSamba, withoutSamba } from '../support/samba.js';

const skip = process.platform === 'win32' && 'machines run commands by sh';

describe('init on bare machines of a lab', { skip }, () => {
  test(`makes a cluster of them, killed for real after ${moments.join(', ')} ms and run again`, async () => {
    await using cli = await builtCli();
    const up = await cli.run('lab up --machines 4 --nodes 0 --balancer none');
    assert.equal(up.code, 0, up.stderr);
    const line = `init --answers ${lab(cli, 'answers.yaml')} --yes`;

    for (const moment of moments) {
      const { child, ended } = cli.start(line);
      await Promise.race([delay(moment), ended]);
      child.kill('SIGKILL');
      await ended;
    }
    const last = await cli.run(line);

    assert.equal(last.code, 0, last.stderr);
    const machines = ['node-1', 'node-2', 'node-3', 'node-4'];
    assert.deepEqual(
      await nodesOf(cli),
      machines.map((name) => `${name} running 5`),
    );
    for (const machine of machines) assert.deepEqual(await callsOn(cli, machine), once, machine);
    const { stdout } = await cli.run('operation list --json');
    const { operations } = JSON.parse(stdout) as { operations: { kind: string; state: string; nodes: string[] }[] };
    assert.deepEqual(operations.map(({ kind, state, nodes }) => `${kind} ${nodes} ${state}`).toSorted(), [
      ...machines.map((name) => `add ${name} done`),
    ]);
    assert.doesNotMatch((await cli.run(line)).stdout, /\d done/);
  });

  test('leaves the master key in nothing that octo-ha writes, and in no argument but those of Octopus.Server', async () => {
    await using cli = await builtCli();
    assert.equal((await cli.run('lab up --machines 2 --nodes 0 --balancer none')).code, 0);
    const key = await readFile(lab(cli, 'master-key'), 'utf8');
    const { ended } = cli.start(`init --answers ${lab(cli, 'answers.yaml')} --yes -v`);
    let isOver = false;
    const over = ended.then((outcome) => {
      isOver = true;
      return outcome;
    });
    const shown = new Set<string>();
    while (!isOver) {
      for (const argv of await argumentsWith(key)) shown.add(argv);
      await delay(5);
    }
    const { code, stdout, stderr } = await over;

    assert.equal(code, 0, stderr);
    assert.ok(!`${stdout}${stderr}`.includes(key));
    // What stands for Octopus.Server on a machine of the lab is a script, and the program that it runs; neither has a
    // line for a shell among its arguments, as everything of octo-ha's on the machine does.
    const isServer = (argv: string) => /(^|[\0/])Octopus\.Server\0/.test(argv) && !/\0-c\0/.test(argv);
    const others = [...shown].filter((argv) => !isServer(argv));
    assert.deepEqual(others, []);
    assert.ok(shown.size > 0, 'the looks are quick enough to see Octopus.Server itself');
    assert.match(await readFile(lab(cli, 'database', 'octo_ha.db'), 'latin1'), /"hostKeys":\["ssh-ed25519 SHA256:/);
    const holders = await filesWith(dirname(cli.env['OCTO_HA_CONFIG'] ?? ''), key);
    // The lab's own: the cluster's key has to be somewhere.
    assert.deepEqual(
      holders.map((file) => file.replace(/^.*\/lab\//, '')),
      ['lab.json', 'master-key'],
    );
  });
});

describe('init with a share that wants a login', { skip: skip || withoutSamba }, () => {
  test('leaves its password in nothing that octo-ha writes, and in no argument of a process', async () => {
    await using cli = await builtCli();
    const password = 'Gr8-share-secret-7Qx';
    await using samba = await startSamba({ password });
    assert.equal((await cli.run('lab up --machines 1 --nodes 1 --balancer none')).code, 0);
    const directory = dirname(cli.env['OCTO_HA_CONFIG'] ?? '');
    const kept = join(directory, 'share-password');
    await writeFile(kept, password, { mode: 0o600 });
    const { ended } = cli.start(
      [
        `init --step storage --storage smb://127.0.0.1:${samba.port}/octopus --storage-user ${samba.credentials.user}`,
        `--storage-password file:${kept} --node-storage ${lab(cli, 'share')} --yes -v`,
      ].join(' '),
    );
    let isOver = false;
    const over = ended.then((outcome) => {
      isOver = true;
      return outcome;
    });
    const shown = new Set<string>();
    let looks = 0;
    while (!isOver) {
      for (const argv of await argumentsWith(password)) shown.add(argv);
      if ((await argumentsWith('smbclient')).length > 0) looks++;
      await delay(5);
    }
    const { code, stdout, stderr } = await over;
    const checked = await cli.run('doctor storage --probe --show all');

    assert.equal(code, 0, stderr);
    assert.ok(looks > 0, 'smbclient was seen at work');
    assert.deepEqual([...shown], []);
    assert.match(stderr, /√ storage\/login the share can be logged in to/);
    assert.match(checked.stdout, /√ storage\/intact/);
    assert.deepEqual((await readdir(samba.folder)).length, 6);
    const told = [stdout, stderr, checked.stdout, checked.stderr].join('\n');
    assert.ok(!told.includes(password));
    assert.deepEqual(await filesWith(directory, password), [kept]);
  });
});
