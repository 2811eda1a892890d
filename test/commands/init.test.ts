import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { folderShare } from '../../src/adapters/share/folder-share.js';
import { answersText, parseAnswers } from '../../src/configuration/answers.js';
import { parseConfiguration } from '../../src/configuration/parse.js';
import { Failure } from '../../src/errors.js';
import type { Session } from '../../src/ports/database.js';
import type { OctopusApi } from '../../src/ports/octopus-api.js';
import type { Shell } from '../../src/ports/shell.js';
import { Desk } from '../support/desk.js';
import { killedAt } from '../support/killed-at.js';
import { matchesSchema } from '../support/schemas.js';
import { folderOptions } from '../support/share.js';
import { World } from '../support/world.js';

const masterKey = 'bWFzdGVyLWtleS0xMjM0NQ==';
const version = '2025.4.1000';
const names = ['web-1', 'web-2'];

/** A world that has a shared folder; the folder goes with it. */
async function worldWith(nodes: Parameters<typeof World.create>[0]) {
  const folder = await mkdtemp(join(tmpdir(), 'octo-ha-init-'));
  const world = await World.create(nodes);
  world.share = folderShare(folder, folderOptions);
  world.secrets.set('{"env":"KEY"}', masterKey);
  return {
    world,
    folder,
    async [Symbol.asyncDispose]() {
      await world.share?.[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Machines without a node, over a database without octo-ha's tables. */
async function bareWorld() {
  const made = await worldWith([]);
  await made.world.dropOwnTables();
  for (const name of names) made.world.bare(name);
  made.world.files.set('answers.yaml', answersText(answers(made.folder)));
  return made;
}

const answers = (folder: string) => ({
  ...{ storage: folder, manager: 'systemd' as const, service: 'octopus', cap: 8, masterKey: { env: 'KEY' } },
  nodes: names.map((name) => ({ host: name, url: `http://${name}.test` })),
  ...{ balancer: 'haproxy', listen: '*:80', balancerFile: 'haproxy.cfg', checkInterval: '3s' },
});

const line = 'init --answers answers.yaml --yes';

/** Everything that it leaves behind; what the nodes see of the folder is another test's. */
async function leavings(world: World, folder: string) {
  return {
    flags: await world.flags(),
    journal: (await world.journal()).filter((entry) => !entry.startsWith('consent')),
    files: [...world.files].map(([path, text]) => [path, text.replaceAll(folder, 'FOLDER')]),
    file: world.file.replaceAll(folder, 'FOLDER'),
    folders: (await readdir(folder)).toSorted(),
    nodes: await world.count('dbo.OctopusServerNode'),
    machines: names.map((name) => {
      const { effects, instance, installations, service } = world.machine(name);
      return { effects, instance, installations, service };
    }),
  };
}

describe('init', () => {
  test('makes a cluster of bare machines, and is done with it when it is run again', async () => {
    await using made = await bareWorld();
    const { world, folder } = made;

    const first = await world.run(line);
    const after = await leavings(world, folder);
    const second = await world.run(line);

    // The machines of this world know no shared folder, and the proof says so.
    assert.ok([0, 11].includes(first.code), first.stderr);
    assert.deepEqual(after.flags, {
      'web-1': { draining: false, cap: 8 },
      'web-2': { draining: false, cap: 8 },
    });
    assert.deepEqual(
      after.machines.map(({ installations, instance }) => [installations, instance?.masterKey]),
      [
        [1, masterKey],
        [1, masterKey],
      ],
    );
    assert.match(
      world.files.get('/haproxy.cfg') ?? '',
      /server web-1 web-1\.test:80[\s\S]*server web-2 web-2\.test:80/,
    );
    assert.deepEqual(after.folders, ['Artifacts', 'EventExports', 'Imports', 'Packages', 'TaskLogs', 'Telemetry']);
    const kept = (await world.everyText()).join('\n');
    assert.match(kept, /"lb\.outAfter","value":"7000"/);
    assert.match(first.stdout, /octo-ha init --context test --answers init-test\.yaml --yes/);
    assert.deepEqual(await leavings(world, folder), after);
    assert.doesNotMatch(second.stdout, /\d done/);
    assert.doesNotMatch(second.stderr, /^done:/m);
  });

  test('the command that it prints does the same', async () => {
    await using made = await bareWorld();
    const { world } = made;
    const { stdout } = await world.run('init --answers answers.yaml --dry-run');
    const [, printed = ''] = /octo-ha (init --context .*)/.exec(stdout) ?? [];

    await world.run(line);
    const { stdout: again } = await world.run(printed);

    assert.match(printed, /--answers init-test\.yaml --yes$/);
    assert.match(again, /Nodes +1 already done/);
  });

  test('only says what it would do with --dry-run', async () => {
    await using made = await bareWorld();
    const { world, folder } = made;
    const before = world.file;

    const { code, stdout, stderr } = await world.run('init --answers answers.yaml --dry-run');

    assert.equal(code, 0, stderr);
    assert.match(stdout, / {2}- create or complete octo-ha's own tables/);
    assert.match(stdout, / {2}- make web-2 a node of the cluster/);
    assert.match(stdout, / {2}- write the configuration of HAProxy to \/haproxy\.cfg/);
    assert.deepEqual([world.file, [...world.files.keys()], await readdir(folder)], [before, ['answers.yaml'], []]);
    assert.deepEqual(
      names.flatMap((name) => world.machine(name).effects),
      [],
    );
    await assert.rejects(world.count('octo_ha.operation'));
  });

  test('names every flag that is missing where nobody can be asked', async () => {
    await using made = await worldWith([]);

    const known = await made.world.run('init');
    const none = await new Desk().run(['init']);

    assert.equal(known.code, 2);
    assert.match(known.stderr, /--storage, --node, --balancer must be given where nobody can be asked/);
    assert.equal(none.code, 2, none.stderr);
    assert.match(none.stderr, /--context, --connection, --storage, --node, --balancer must be given/);
  });

  for (const stage of ['database', 'storage', 'nodes', 'load-balancer', 'verify']) {
    test(`does the stage ${stage} by itself`, async () => {
      await using made = await worldWith([{ name: 'web-1', version }]);
      made.world.files.set('answers.yaml', answersText({ ...answers(made.folder), nodes: [{ host: 'web-1' }] }));

      const { code, stdout, stderr } = await made.world.run(`${line} --step ${stage} --node-url http://{name}.test`);

      // The machine of this world knows no shared folder, and the proof says so.
      assert.equal(code, stage === 'verify' ? 11 : 0, stderr);
      assert.match(stdout, new RegExp(`--step ${stage} `));
    });
  }

  test('makes the database of Octopus when asked to, and says how the first node is made', async () => {
    await using made = await bareWorld();
    const { world } = made;
    await world.execute(['DROP TABLE dbo.ServerTask']);

    const planned = await world.run('init --step database --create-database --dry-run');
    const refused = await world.run('init --step database --create-database');
    const before = world.created;
    const { code, stdout, stderr } = await world.run('init --step database --create-database --yes');

    assert.deepEqual([planned.code, refused.code, before, code], [0, 3, 0, 0], stderr);
    const { stdout: json } = await world.run('init --step database --create-database --yes --json');
    await matchesSchema('init', json);
    assert.equal(world.created, 2);
    assert.match(stdout, /Octopus\.Server database --instance OctopusServer --connectionString STRING --create/);
  });

  test('asks for consent, and names the flag where nobody can give it', async () => {
    await using made = await bareWorld();

    const { code, stderr } = await made.world.run('init --answers answers.yaml');

    assert.equal(code, 3);
    assert.match(stderr, /To do:\n[\s\S]*create or complete octo-ha's own tables[\s\S]*--yes/);
    await assert.rejects(made.world.count('octo_ha.operation'));
  });

  test('prints how the folders of a single server are moved, and changes nothing', async () => {
    await using made = await worldWith([{ name: 'web-1', version }]);
    const { world, folder } = made;
    world.bare('web-2');
    world.files.set('answers.yaml', answersText(answers(folder)));
    const folders = { TaskLogsDirectory: 'C:\\Octopus\\TaskLogs', LogsDirectory: 'C:\\Octopus\\Logs' };
    const api = {
      url: 'http://octopus.test',
      licenceStatus: async () => ({ compliant: true, limits: [] }),
      get: async (path: string, shape: { parse(value: unknown): unknown }) => {
        assert.equal(path, '/api/configuration/server-folders/values');
        return shape.parse(folders);
      },
    } as unknown as OctopusApi;

    const storage = await world.run(`${line} --step storage`, { api });
    const nodes = await world.run(`${line} --step nodes`, { api });
    const shared = await world.run(`${line} --step nodes --folders-shared`, { api });

    for (const { code, stderr } of [storage, nodes]) {
      assert.equal(code, 3);
      assert.match(
        stderr,
        /TaskLogsDirectory: C:\\Octopus\\TaskLogs[\s\S]*path --clusterShared[\s\S]*nothing was changed/,
      );
      assert.doesNotMatch(stderr, /C:\\Octopus\\Logs/);
    }
    assert.equal(shared.code, 0, shared.stderr);
  });

  for (const more of ['--yes', '--yes --dry-run', '--yes --step nodes --dry-run']) {
    test(`prints one document after its schema: init ${more} --json`, async () => {
      await using made = await bareWorld();
      await made.world.run(`${line} --step database`);

      const { code, stdout, stderr } = await made.world.run(`init --answers answers.yaml ${more} --json`);

      // The machines of this world know no shared folder, and the proof says so.
      assert.equal(code, more === '--yes' ? 11 : 0, stderr);
      const document = JSON.parse(stdout);
      if (code === 0) await matchesSchema('init', stdout);
      else await matchesSchema('error', stdout);
      const [first] = code === 0 ? document.stages : [];
      if (first !== undefined && first.results.length > 0) assert.equal(first.results[0].id, 'database/reachable');
    });
  }

  for (const [what, nodes, expected] of [
    ['one name for two machines', [{ host: 'web-1' }, { host: 'web-2', name: 'WEB-1' }], /are to be the node web-1/],
    [
      'one service for two nodes',
      [{ host: 'web-1' }, { host: 'WEB-1', name: 'web-2' }],
      /octopus on WEB-1 is to be both web-1 and web-2/,
    ],
  ] as const) {
    test(`refuses ${what} before anything is looked at or changed`, async () => {
      await using made = await bareWorld();
      const { world, folder } = made;
      world.files.set('answers.yaml', answersText({ ...answers(folder), nodes: [...nodes] }));
      const before = await leavings(world, folder).catch(() => undefined);

      const { code, stderr } = await world.run(line);

      assert.equal(code, 2, stderr);
      assert.match(stderr, expected);
      assert.doesNotMatch(stderr, /Database|To do:/);
      assert.deepEqual([world.opened, await leavings(world, folder).catch(() => undefined)], [0, before]);
    });
  }

  test('takes no machines of different versions', async () => {
    await using made = await bareWorld();
    made.world.machine('web-2').version = '2024.1.5';

    const { code, stderr } = await made.world.run(line);

    assert.equal(code, 3);
    assert.match(stderr, /web-1 has 2025\.4\.1000, web-2 has 2024\.1\.5/);
  });

  test('leaves a context alone that is described already: the environment can hold one, with its password', async () => {
    await using made = await bareWorld();
    const { world } = made;
    const before = world.file;

    const { code, stderr } = await world.run(`${line} --step database`);

    assert.equal(code, 0, stderr);
    assert.equal(world.file, before);
    assert.doesNotMatch(stderr, /describe the cluster as/);
  });

  test('writes no secret anywhere', async () => {
    await using made = await bareWorld();
    const { world } = made;

    await world.run(`${line} -v`);

    const everything = [...world.written, ...(await world.everyText()), ...world.files.values(), world.file].join('\n');
    assert.ok(everything.includes('env: KEY'));
    assert.ok(!everything.includes(masterKey));
  });
});

/** Answers in the order of the questions; those of the lists are what the list shows. */
const typed = (folder: string): readonly string[] => [
  ...['y', folder, '', 'y'],
  ...['web-1 web-2,cap=3', 'http://{name}.test', 'systemd', '', 'env:KEY', 'y'],
  ...['haproxy', '*:80', '', '3s', '', '', '', 'y'],
];

describe('init at a terminal', () => {
  test('asks for what is missing and for nothing else', async () => {
    await using made = await bareWorld();
    const { world, folder } = made;

    const { code, asked, stderr } = await world.run('init', { answers: typed(folder) });

    assert.ok([0, 11].includes(code), stderr);
    assert.equal(asked.length, typed(folder).length);
    assert.deepEqual((await world.flags())['web-2'], { draining: false, cap: 3 });
    const kept = parseAnswers(world.files.get('init-test.yaml') ?? '', 'init-test.yaml');
    assert.deepEqual([kept.masterKey, kept.fall, kept.nodes?.length], [{ env: 'KEY' }, 2, 2]);
  });

  for (const [how, given, password] of [
    ['by questions', ['by a few questions', 'sql1,1444', '', 'SQL Server login', 'octo', 'env:SQL'], { env: 'SQL' }],
    [
      'by a connection string, whose password goes to the keyring',
      [
        'by the connection string that Octopus Server uses',
        'Server=sql1,1444;Database=Octopus;User ID=octo;Password=geheim',
        'y',
      ],
      { keyring: 'prod: Octopus on sql1:1444 as octo' },
    ],
  ] as const) {
    test(`takes a database ${how}`, async () => {
      await using made = await bareWorld();
      const { world } = made;
      world.file = 'contexts: {}\n';
      const before = ['prod'];

      const { code, stderr } = await world.run('init --step database', {
        answers: [...before, ...given, 'separate', 'y'],
      });

      assert.equal(code, 0, stderr);
      const { contexts, current } = parseConfiguration(world.file, 'config.yaml');
      assert.equal(current, 'prod');
      assert.deepEqual(contexts['prod']?.database, {
        ...{ engine: 'sql-server', connection: 'Server=sql1,1444;Database=Octopus;User ID=octo' },
        ...{ password, placement: 'separate', own: 'OctopusHA' },
      });
      const everything = [...world.written, ...world.files.values(), world.file, ...(await world.everyText())].join();
      assert.ok(!everything.includes('geheim'));
    });
  }

  test('shows a host key that is not known, and pins it only when it is accepted', async () => {
    const key = `SHA256:${'k'.repeat(43)}`;
    const pinning = async (given: readonly string[] | undefined) => {
      await using made = await bareWorld();
      const { world, folder } = made;
      world.files.set('answers.yaml', answersText({ ...answers(folder), nodes: [{ host: 'web-1' }] }));
      await world.run(`${line} --step database`);
      let isTrusted = false;
      const shell = (real: Shell): Shell => ({
        ...real,
        run: async (...call) => {
          if (isTrusted) return await real.run(...call);
          isTrusted = true;
          const hostKey = { host: 'web-1', port: 22, verdict: 'unknown', type: 'ssh-ed25519', fingerprint: key };
          throw new Failure('refused', 'the host key of web-1 is not known', { details: { hostKey } });
        },
      });
      const options = given === undefined ? { shell } : { shell, answers: given };
      const { code, stderr } = await world.run(`${line} --step nodes --node-url http://{name}.test`, options);
      return { code, stderr, kept: (await world.everyText()).join('\n') };
    };

    const accepted = await pinning(['y']);
    const declined = await pinning(['n']);
    const nobody = await pinning(undefined);

    assert.equal(accepted.code, 0, accepted.stderr);
    assert.match(accepted.stderr, new RegExp(`ssh-ed25519 ${key}`));
    assert.ok(accepted.kept.includes(`ssh-ed25519 ${key}`));
    assert.deepEqual([declined.code, nobody.code], [3, 3]);
    assert.match(nobody.stderr, /accept it with: --host-key 'ssh-ed25519 SHA256:k+'/);
    for (const { kept } of [declined, nobody]) assert.ok(!kept.includes(key));
  });

  test('says what is wrong with an answer, and asks again', async () => {
    await using made = await bareWorld();
    const { world, folder } = made;
    const [consent = '', ...rest] = typed(folder);

    const { asked, stderr } = await world.run('init', { answers: [consent, 'ftp://files', ...rest] });

    assert.match(stderr, /ftp is not understood: enter/);
    assert.equal(asked.filter((question) => question.startsWith('The shared folder')).length, 2);
  });

  for (const flag of ['--connection', '--node-connection']) {
    test(`keeps nothing of a password in ${flag}`, async () => {
      await using made = await bareWorld();
      const { world } = made;
      const before = [...world.files];

      const text = 'Server=sql1;Database=Octopus;UID=octo;Password=geheim';
      const { code, stderr } = await world.run(`init --context other ${flag} ${text} --answers answers.yaml --yes`);

      assert.equal(code, 2, stderr);
      assert.match(stderr, /holds a password, and answers keep none/);
      assert.deepEqual([...world.files], before);
    });
  }

  test('declined at a later stage, it does not say that nothing was changed', async () => {
    const declining = async (consents: readonly string[]) => {
      await using made = await bareWorld();
      const { code, stderr } = await made.world.run('init --answers answers.yaml', { answers: consents });
      return [code, /error: (.*)/.exec(stderr)?.[1]];
    };

    assert.deepEqual(await declining(['n']), [3, 'not confirmed; nothing was changed']);
    assert.deepEqual(await declining(['y', '', 'n']), [3, 'not confirmed; what was done before stays done']);
  });

  test('left at any question, it goes on there and ends as an undisturbed one', async () => {
    await using whole = await bareWorld();
    await whole.world.run('init', { answers: typed(whole.folder) });
    const goal = await leavings(whole.world, whole.folder);
    for (let left = 0; left < typed('').length; left++) {
      await using made = await bareWorld();
      const { world, folder } = made;
      const all = typed(folder);
      const first = await world.run('init', { answers: all.slice(0, left) });
      world.dead.add(1);
      assert.equal(first.code, 70, 'nobody answers');

      const second = await world.run('init', { answers: all.slice(left), identity: { who: 'anna@desk', pid: 2 } });

      assert.ok([0, 11].includes(second.code), `left at question ${left}: ${second.stderr}`);
      assert.deepEqual(second.asked.length, all.length - left, `left at question ${left}`);
      assert.deepEqual(await leavings(world, folder), goal, `left at question ${left}`);
    }
  });
});

/** Runs stage after stage, as long as it is not killed. Answers with the last exit code. */
async function inStages(world: World, steps: readonly string[], options: Parameters<World['run']>[1] = {}) {
  let code = 0;
  for (const step of steps) {
    ({ code } = await world.run(`${line} --step ${step}`, options));
    if (code !== 0) break;
  }
  return code;
}

// The folder is looked at whenever its stage is run, and is not needed by the others.
for (const steps of [['database', 'nodes', 'load-balancer'], ['storage']]) {
  describe(`init --step ${steps.join(', ')}, killed and run again`, async () => {
    const made = async () => {
      const bare = await bareWorld();
      if (steps[0] !== 'database') await inStages(bare.world, ['database']);
      return bare;
    };
    await using whole = await made();
    const undisturbed = killedAt(Number.POSITIVE_INFINITY, 'before');
    assert.equal(await inStages(whole.world, steps, undisturbed), 0);
    const goal = await leavings(whole.world, whole.folder);

    test(`ends as an undisturbed one, before each of ${undisturbed.calls} calls`, async () => {
      for (let boundary = 0; boundary < undisturbed.calls; boundary++) {
        await using killed = await made();
        const { world, folder } = killed;
        const code = await inStages(world, steps, killedAt(boundary, 'before'));
        // Giving the lease back is the last thing that is done, and is missed by nobody.
        assert.ok(code === 70 || boundary === undisturbed.calls - 1, `the kill before call ${boundary} was not felt`);
        world.dead.add(1);

        const again = await inStages(world, steps, { identity: { who: 'anna@desk', pid: 2 } });

        assert.equal(again, 0, `before call ${boundary}`);
        assert.deepEqual(await leavings(world, folder), goal, `before call ${boundary}`);
      }
    });
  });
}

describe('adopting a cluster', () => {
  test('takes as many statements and sessions for twenty nodes as for two', async () => {
    const counts = await Promise.all(
      [2, 20].map(async (count) => {
        const nodes = Array.from({ length: count }, (_, i) => `web-${i + 1}`);
        await using made = await worldWith(nodes.map((name) => ({ name, version })));
        const { world } = made;
        await world.execute(['DELETE FROM octo_ha.machine', 'DELETE FROM octo_ha.node']);
        let statements = 0;
        const session = (real: Session): Session => ({
          ...real,
          read: (asked, signal) => {
            statements += asked.length;
            return real.read(asked, signal);
          },
          change: (steps, signal) => {
            statements += steps.length;
            return real.change(steps, signal);
          },
        });
        const words = nodes.map((name) => `--node ${name},url=http://${name}.test`).join(' ');
        const all = `--storage ${made.folder} --balancer none --portal none`;

        const { code, stderr } = await world.run(`init ${words} --manager systemd --service octopus ${all} --yes`, {
          session,
        });

        // The machines of this world know no shared folder, and the proof in the end says so.
        assert.equal(code, 11, stderr);
        assert.equal(await world.count('octo_ha.machine'), count);
        return { statements, opened: world.opened };
      }),
    );

    assert.deepEqual(counts[0], counts[1]);
    assert.equal(counts[0]?.opened, 1);
  });
});
