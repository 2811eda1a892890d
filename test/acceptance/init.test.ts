import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type BuiltCli, builtCli, launcher } from '../support/built-cli.js';
import { screen } from '../support/screen.js';

const noTmux = spawnSync('tmux', ['-V']).error !== undefined && 'tmux is not installed';
const skip = process.platform === 'win32' && 'machines run commands by sh';

/** Moments at which init is killed, in milliseconds from its start; new ones for each run of the tests. */
const moments = Array.from({ length: 10 }, () => Math.round(200 + Math.random() * 2_800));

const lab = (cli: BuiltCli, ...path: string[]) => join(cli.env['OCTO_HA_LAB_HOME'] ?? '', ...path);

/** The calls of Octopus Server on a machine that change it, each by its first word. */
async function callsOn(cli: BuiltCli, machine: string): Promise<readonly string[]> {
  const text = await readFile(lab(cli, 'machines', machine, 'calls.ndjson'), 'utf8');
  const calls = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { program: string; argv: readonly string[] });
  const looks = ['version', 'list-instances'];
  return calls
    .filter(({ program, argv }) => program === 'Octopus.Server' && !looks.includes(argv[0] ?? ''))
    .map(({ argv }) => argv[0] ?? '');
}

async function nodesOf(cli: BuiltCli): Promise<readonly string[]> {
  const { stdout } = await cli.run('node list --json');
  const { nodes } = JSON.parse(stdout) as { nodes: { name: string; state: string; taskCap: number }[] };
  return nodes.map(({ name, state, taskCap }) => `${name} ${state} ${taskCap}`);
}

const once = ['create-instance', 'database', 'node', 'service'];

describe('init on bare machines of a lab', { skip }, () => {
  test(`makes a cluster of them, killed for real after ${moments.join(', ')} ms and run again`, async () => {
    await using cli = await builtCli();
    const up = await cli.run('lab up --machines 3 --nodes 0 --balancer none');
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
    assert.deepEqual(await nodesOf(cli), ['node-1 running 5', 'node-2 running 5', 'node-3 running 5']);
    for (const machine of ['node-1', 'node-2', 'node-3']) assert.deepEqual(await callsOn(cli, machine), once, machine);
    const { stdout } = await cli.run('operation list --json');
    const { operations } = JSON.parse(stdout) as { operations: { kind: string; state: string; nodes: string[] }[] };
    assert.deepEqual(operations.map(({ kind, state, nodes }) => `${kind} ${nodes} ${state}`).toSorted(), [
      'add node-1 done',
      'add node-2 done',
      'add node-3 done',
    ]);
    assert.doesNotMatch((await cli.run(line)).stdout, /\d done/);
  });

  test('leaves the master key in nothing that octo-ha writes, and in no argument but those of Octopus.Server', async () => {
    await using cli = await builtCli();
    assert.equal((await cli.run('lab up --machines 1 --nodes 0 --balancer none')).code, 0);
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

/** The arguments of every process that has this text among them. */
async function argumentsWith(text: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
  return all.filter((argv) => argv.includes(text));
}

/** Files below a directory that hold this text as it is, or in base64. */
async function filesWith(directory: string, text: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const forms = [
    text,
    Buffer.from(text).toString('base64'),
    Buffer.from(`word:--masterKey=${text}`).toString('base64'),
  ];
  const found = files.map(async (file) => {
    const content = await readFile(file, 'latin1').catch(() => '');
    return forms.some((form) => content.includes(form)) ? [file] : [];
  });
  return (await Promise.all(found)).flat().toSorted();
}

describe('init at a terminal of 80 by 24', { skip: skip || noTmux }, () => {
  test('asks, is left by Ctrl-C at every question, and goes on there', async () => {
    await using cli = await builtCli();
    assert.equal((await cli.run('lab up --machines 1 --nodes 0 --balancer none')).code, 0);
    const answers = await readFile(lab(cli, 'answers.yaml'), 'utf8');
    const [, url = ''] = /url: (\S+)/.exec(answers) ?? [];
    await using terminal = await screen(cli.env);
    const start = () => terminal.type(`clear; ${process.execPath} ${launcher} init; echo "exit $?"`);
    const questions: readonly (readonly [RegExp, readonly string[]])[] = [
      [/\? The shared folder, as this machine reaches it:/, [lab(cli, 'share')]],
      [/\? The same folder, as the nodes know it:/, []],
      [/\? Do that\? \(y\/N\)/, ['y']],
      [/\? The machines of the cluster:/, [`node-1,url=${url}`]],
      [/\? What starts and stops Octopus Server there\?/, ['<Down>']],
      [/\? How many tasks is each new node to run at once\? \[5\]/, ['7']],
      [/\? Where is the master key of the cluster\? \[prompt\]/, [`file:${lab(cli, 'master-key')}`]],
      [/\? Do that\? \(y\/N\)/, ['y']],
      [/\? Which load balancer is in front\?/, ['<Up>']],
      [/\? How often does it check a node\? \[2s\]/, ['500ms']],
      [/\? How many failed checks take a node out\? \[2\]/, []],
      [/\? How many passed checks bring it back\? \[2\]/, []],
      [/\? The address that people type \(empty: not asked\):/, []],
    ];

    await start();
    await terminal.press('Enter');
    for (const [question, keys] of questions) {
      await terminal.shows(question);
      await terminal.press('C-c');
      await terminal.shows(/interrupted; nothing was changed\n[\s\S]*exit 130|interrupted[\s\S]*exit 130/);
      await start();
      await terminal.press('Enter');
      await terminal.shows(question);
      for (const key of keys) await (/^<.*>$/.test(key) ? terminal.press(key.slice(1, -1)) : terminal.type(key));
      await terminal.press('Enter');
    }

    const seen = await terminal.shows(/The same without questions:[\s\S]*exit 0/);
    assert.match(seen, /octo-ha init --context lab --answers/);
    assert.deepEqual(await nodesOf(cli), ['node-1 running 7']);
    assert.deepEqual(await callsOn(cli, 'node-1'), once);
  });
});
