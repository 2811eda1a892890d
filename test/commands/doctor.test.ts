import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from 'kysely';
import { type Declaration, declarations } from '../../src/checks/declared.js';
import { checks } from '../../src/checks/index.js';
import { Failure } from '../../src/errors.js';
import { DatabaseError } from '../../src/ports/database.js';
import type { Files } from '../../src/ports/files.js';
import type { Network } from '../../src/ports/network.js';
import { matchesSchema } from '../support/schemas.js';
import { type RunOptions, World } from '../support/world.js';

/** Three nodes in service, each of the same version, set up as `init` leaves it. */
async function cluster(): Promise<World> {
  const world = await World.create([{ name: 'web-1' }, { name: 'web-2' }, { name: 'web-3' }]);
  await world.execute([
    // Nobody has said where their machines are.
    'DELETE FROM octo_ha.machine',
    ...['web-1', 'web-2', 'web-3'].map(
      (name) => sql`INSERT INTO dbo.OctopusServerInstallationHistory (Id, Node, Version, Installed)
        VALUES (${`h-${name}`}, ${name}, '2025.4.1000', ${new Date('2026-01-01T00:00:00Z')})`,
    ),
    sql`INSERT INTO octo_ha.setting (name, value) VALUES ('lb.outAfter', '60000')`,
    sql`INSERT INTO octo_ha.setting (name, value) VALUES ('lb.inAfter', '60000')`,
    // The tables were made before the database had its name.
    sql`UPDATE octo_ha.cluster SET database_name = (SELECT file FROM pragma_database_list WHERE name = 'dbo')`,
  ]);
  return world;
}

interface Result {
  readonly id: string;
  readonly node: string | null;
  readonly observedFrom: string;
  readonly status: string;
  readonly problem: string | null;
}

interface Output {
  readonly verdict: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly results: readonly Result[];
}

async function json(world: World, line: string, options: RunOptions = {}): Promise<Output & { readonly code: number }> {
  const { code, stdout, stderr } = await world.run(`${line} --json`, options);
  assert.ok(stdout.startsWith('{'), stderr);
  return { ...(JSON.parse(stdout) as Output), code };
}

const problems = ({ results }: Output): readonly string[] =>
  results
    .filter(({ status }) => ['warn', 'fail', 'unknown', 'crash'].includes(status))
    .map(({ id, node, status }) => [status, id, node].filter((word) => word !== null).join(' '));

/** Files that a run may read and write. */
function files(kept: Record<string, string> = {}): Files & { readonly kept: Record<string, string> } {
  return {
    kept,
    read: async (path) => {
      const text = kept[path];
      if (text === undefined) throw new Failure('usage', `cannot read ${path}`);
      return text;
    },
    write: async (path, text) => {
      kept[path] = text;
    },
  };
}

describe('doctor', () => {
  test('says one line, and 0, where all is well', async () => {
    await using world = await cluster();

    const { code, stdout, stderr } = await world.run('doctor');

    assert.equal(code, 0, stdout);
    assert.equal(stderr, '');
    assert.match(stdout, /^test healthy: \d+ passed, \d+ skipped in 0ms; why: --show skip$/);
  });

  test('tells why every skipped check was skipped', async () => {
    await using world = await cluster();
    const output = await json(world, 'doctor');

    for (const { id, status, problem } of output.results.filter((result) => result.status === 'skip')) {
      assert.ok((problem ?? '').length > 10, `${id} ${status}`);
    }
    const { stdout } = await world.run('doctor --show skip');
    for (const { id } of output.results.filter(({ status }) => status === 'skip')) assert.ok(stdout.includes(id), id);
  });

  test('--json is as its schema says, counts and all', async () => {
    await using world = await cluster();
    await world.setFlag('web-2', true);

    const { code, stdout } = await world.run('doctor --json');

    assert.equal(code, 0);
    const output = (await matchesSchema('doctor', stdout)) as unknown as Output;
    assert.equal(output.verdict, 'warn');
    assert.deepEqual(problems(output), ['warn octo-ha/drain-explained']);
    for (const [status, count] of Object.entries(output.counts)) {
      assert.equal(output.results.filter((result) => result.status === status).length, count, status);
    }
  });

  test('--list --json names every check', async () => {
    await using world = await cluster();

    const { code, stdout } = await world.run('doctor --list --json');

    assert.equal(code, 0);
    const { checks: listed } = (await matchesSchema('doctor-list', stdout)) as { checks: { id: string }[] };
    assert.deepEqual(
      listed.map(({ id }) => id),
      checks.map(({ id }) => id),
    );
  });
});

/** What only people know, each as the context says it when nobody has seen to it for a year. */
const declaredLongAgo: readonly (readonly [Declaration, string])[] = [
  ['masterKeySaved', 'warn backup/master-key'],
  ['licenceSaved', 'warn backup/licence'],
  ['storageBackedUp', 'warn backup/storage'],
  ['restoreTested', 'warn backup/restore-tested'],
  ['storageRedundant', 'warn storage/redundant'],
  ['balancerRedundant', 'warn load-balancer/redundant'],
  ['nodesInSeveralZones', 'warn disaster-recovery/zones'],
  ['storageCopiedElsewhere', 'warn disaster-recovery/storage-copy'],
  ['runbookWritten', 'warn disaster-recovery/runbook'],
];

const declaring = (declaration: Declaration, day: string): RunOptions => ({
  configuration: {
    contexts: {
      test: { database: { engine: 'sqlite', directory: 'x' }, doctor: { declared: { [declaration]: day } } },
    },
  },
});

/** What is broken, and all that is found: what does not come of it is not there. */
const broken: readonly (readonly [
  what: string,
  breaks: (world: World) => Promise<unknown>,
  found: readonly string[],
  options?: RunOptions,
])[] = [
  [
    'a node that drains without anybody saying why',
    (world) => world.setFlag('web-2', true),
    ['warn octo-ha/drain-explained'],
  ],
  [
    'a node that has not reported in for five minutes',
    (world) => lastSeen(world, 'web-2', 5 * 60_000),
    ['fail nodes/heartbeat web-2'],
  ],
  ['a node that was last seen weeks ago', (world) => lastSeen(world, 'web-2', 20 * 86_400_000), ['warn nodes/stale']],
  [
    'a node that is down with a task',
    async (world) => {
      await world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-2' });
      await lastSeen(world, 'web-2', 5 * 60_000);
    },
    ['fail nodes/heartbeat web-2', 'fail nodes/tasks-on-dead-nodes'],
  ],
  [
    'a task of a node that is not registered',
    (world) => world.addTask({ id: 'ServerTasks-1', state: 'Executing', node: 'web-9' }),
    ['fail nodes/tasks-of-unknown-nodes'],
  ],
  [
    'another version on one node',
    (world) =>
      world.execute([
        sql`UPDATE dbo.OctopusServerNodeStatus SET Version = '2025.3.1' WHERE OctopusServerNodeId = 'OctopusServerNodes-web-2'`,
      ]),
    ['fail nodes/same-version'],
  ],
  [
    'a node whose ping answers for another one',
    async (world) => world.pings.set('web-2', { status: 200, body: '{"Name":"web-9","IsInMaintenanceMode":false}' }),
    ['fail nodes/ping web-2'],
  ],
  [
    'a node whose ping redirects',
    async (world) => world.pings.set('web-2', { status: 301, body: '' }),
    ['fail nodes/ping web-2'],
  ],
  [
    'a node that does not follow its flag',
    async (world) => world.pings.set('web-2', { status: 418, body: '{"Name":"web-2","IsInMaintenanceMode":true}' }),
    ['warn nodes/ping-agrees web-2'],
  ],
  [
    'task caps that differ',
    (world) => world.execute([sql`UPDATE dbo.OctopusServerNode SET MaxConcurrentTasks = 50 WHERE Name = 'web-2'`]),
    ['warn nodes/equal-caps'],
  ],
  [
    'task caps of 0 everywhere',
    (world) => world.execute([sql`UPDATE dbo.OctopusServerNode SET MaxConcurrentTasks = 0`]),
    ['fail nodes/some-take-tasks'],
  ],
  [
    'all nodes drained',
    (world) => world.execute([sql`UPDATE dbo.OctopusServerNode SET IsInMaintenanceMode = 1`]),
    ['fail nodes/not-all-draining', 'warn octo-ha/drain-explained'],
  ],
  [
    'more nodes than Octopus has tested',
    (world) => register(world, ['web-4', 'web-5', 'web-6', 'web-7', 'web-8', 'web-9']),
    ['fail nodes/not-too-many'],
  ],
  ['a hold on a node that is not registered', (world) => hold(world, 'web-9'), ['warn octo-ha/hold-orphaned']],
  [
    'a hold that lasts longer than expected',
    async (world) => {
      await world.setFlag('web-2', true);
      await hold(world, 'web-2', new Date(world.now.getTime() - 3_600_000));
    },
    ['warn octo-ha/hold-overdue'],
  ],
  [
    'a lease whose owner is gone',
    (world) =>
      world.execute([
        sql`UPDATE octo_ha.lease SET holder = 'abcd', who = 'anna@desk', expires = ${new Date(world.now.getTime() - 60_000)}`,
      ]),
    ['warn octo-ha/lease-orphaned'],
  ],
  [
    'tables of another database',
    (world) => world.execute([sql`UPDATE octo_ha.cluster SET database_name = 'Another'`]),
    ['fail octo-ha/identity'],
  ],
  [
    'an address of a node that is gone',
    (world) =>
      world.execute([sql`INSERT INTO octo_ha.node (node_id, url) VALUES ('OctopusServerNodes-web-9', 'http://web-9')`]),
    ['warn octo-ha/addresses-of-the-gone'],
  ],
  [
    'a node without a web address',
    (world) => world.execute([sql`DELETE FROM octo_ha.node WHERE node_id = 'OctopusServerNodes-web-2'`]),
    ['warn octo-ha/web-addresses'],
  ],
  [
    'Maintenance Mode',
    (world) =>
      world.execute([
        'CREATE TABLE dbo.Configuration (Id nvarchar(50) NOT NULL PRIMARY KEY, JSON text NOT NULL)',
        sql`INSERT INTO dbo.Configuration (Id, JSON) VALUES ('maintenance', '{"IsInMaintenanceMode":true}')`,
      ]),
    ['warn cluster/maintenance-mode'],
  ],
  [
    'a name that cannot be resolved',
    async () => {},
    ['fail network/name-resolves web-2'],
    { network: network({ lookup: 'web-2.test' }) },
  ],
  [
    'a port that is closed',
    async () => {},
    ['fail network/web-port web-2'],
    { network: network({ connect: 'web-2.test' }) },
  ],
  ...declaredLongAgo.map(
    ([declaration, found]) =>
      [`${declaration} of a year ago`, async () => {}, [found], declaring(declaration, '2025-03-01')] as const,
  ),
];

describe('doctor finds', () => {
  for (const [what, breaks, found, options] of broken) {
    test(`${what}, and nothing else`, async () => {
      await using world = await cluster();
      await breaks(world);

      assert.deepEqual(problems(await json(world, 'doctor', options)), found);
    });
  }

  test('a database that cannot be reached, and says that nothing else is known', async () => {
    await using world = await cluster();
    const cut: RunOptions = {
      session: (real) => ({
        ...real,
        read: async () => {
          throw new Failure('unreachable', 'nothing answers as SQL Server at sql1:1433');
        },
      }),
    };

    const output = await json(world, 'doctor', cut);

    assert.equal(output.code, 4);
    assert.deepEqual(problems(output), ['fail database/reachable']);
    assert.ok((output.counts['pass'] ?? 0) === 0, JSON.stringify(output.counts));
  });

  test('what it may not read as a reason, with a login that only has SELECT and without tables of its own', async () => {
    await using world = await cluster();
    await world.dropOwnTables();
    const reading: RunOptions = {
      session: (real) => ({
        ...real,
        change: async () => assert.fail('doctor wrote'),
        define: async () => assert.fail('doctor defined'),
      }),
    };

    const output = await json(world, 'doctor', reading);

    // Where the addresses are kept is missing, too.
    assert.deepEqual(problems(output), ['warn octo-ha/web-addresses']);
    const setUp = output.results.find(({ id }) => id === 'octo-ha/set-up');
    assert.match(setUp?.problem ?? '', /not set up/);
  });
});

describe('a right that the login lacks', () => {
  for (const [number, message] of [
    [229, "The SELECT permission was denied on the object 'Configuration'"],
    [297, 'The user does not have permission to perform this action.'],
    [300, "VIEW SERVER STATE permission was denied on object 'server', database 'master'."],
    [
      916,
      'The server principal "octo-ha" is not able to access the database "msdb" under the current security context.',
    ],
  ] as const) {
    test(`${number} skips the check by name, and is no finding`, async () => {
      await using world = await cluster();
      const denying: RunOptions = {
        session: (real) => ({
          ...real,
          read: async (statements, within) => {
            if (statements.some((statement) => statement.sql.includes('dbo.Configuration'))) {
              throw new DatabaseError(message, { number });
            }
            return await real.read(statements, within);
          },
        }),
      };

      const output = await json(world, 'doctor cluster/maintenance-mode', denying);

      assert.equal(output.code, 0);
      assert.deepEqual(
        output.results.map(({ status, problem }) => [status, problem]),
        [['skip', 'needs SELECT on dbo.Configuration']],
      );
    });
  }
});

describe('doctor runs', () => {
  test('the checks that are named, by id or subject', async () => {
    await using world = await cluster();

    const { results } = await json(world, 'doctor nodes/enough octo-ha');

    const ids = new Set(results.map(({ id }) => id));
    assert.ok(ids.has('nodes/enough') && ids.has('octo-ha/identity'));
    assert.ok(
      [...ids].every((id) => id === 'nodes/enough' || id.startsWith('octo-ha/')),
      [...ids].join(),
    );
  });

  test('what a check needs, and tells of it only when that is the trouble', async () => {
    await using world = await cluster();
    await lastSeen(world, 'web-2', 5 * 60_000);

    const output = await json(world, 'doctor nodes/ping');

    assert.deepEqual(problems(output), ['fail nodes/heartbeat web-2']);
    assert.deepEqual(
      output.results.filter(({ id }) => id === 'nodes/ping').map(({ status }) => status),
      ['pass', 'skip', 'pass'],
    );
  });

  test('the answers to a question with the likeliest cause first', async () => {
    await using world = await cluster();
    await world.setFlag('web-2', true);

    const { results } = await json(world, 'doctor --tag slow-deployments');

    assert.equal(results[0]?.id, 'nodes/queue-age');
    assert.ok(
      results.findIndex(({ id }) => id === 'octo-ha/drain-explained') <
        results.findIndex(({ id }) => id === 'database/round-trip'),
    );
  });

  test('no word that is none, and offers the nearest', async () => {
    await using world = await cluster();

    const { code, stderr } = await world.run('doctor nodes/heartbeet');

    assert.equal(code, 2);
    assert.match(stderr, /there is no check or subject nodes\/heartbeet[\s\S]*nodes\/heartbeat/);
    assert.equal((await world.run('doctor --tag why')).code, 2);
    assert.equal((await world.run('doctor --report x.pdf')).code, 2);
    assert.equal((await world.run('doctor --limit clokWarn=1s')).code, 2);
    assert.equal((await world.run('doctor --limit clockWarn=5')).code, 2);
    assert.equal((await world.run('doctor --from web-9')).code, 2);
    assert.equal((await world.run('doctor --from all')).code, 0);
  });

  test('--fail-on decides what ends with 4', async () => {
    await using world = await cluster();
    await world.setFlag('web-2', true);

    assert.equal((await world.run('doctor')).code, 0);
    assert.equal((await world.run('doctor --fail-on warn')).code, 4);
    await lastSeen(world, 'web-3', 5 * 60_000);
    assert.equal((await world.run('doctor')).code, 4);
    assert.equal((await world.run('doctor --fail-on never')).code, 0);
  });

  test('the exit code is the same in every format', async () => {
    for (const output of ['text', 'json', 'yaml', 'name', 'ndjson']) {
      await using world = await cluster();
      assert.equal((await world.run(`doctor -o ${output}`)).code, 0, output);
      await lastSeen(world, 'web-3', 5 * 60_000);
      assert.equal((await world.run(`doctor -o ${output}`)).code, 4, output);
    }
  });

  test('-o ndjson gives a line for each outcome, and the verdict last', async () => {
    await using world = await cluster();

    const { stdout } = await world.run('doctor octo-ha nodes/enough -o ndjson');

    const lines = stdout.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(Object.keys(lines.at(-1) ?? {}), ['verdict', 'counts']);
    const { results } = await json(world, 'doctor octo-ha nodes/enough');
    assert.deepEqual(
      lines.slice(0, -1).map(({ id, status }) => `${id} ${status}`),
      results.map(({ id, status }) => `${id} ${status}`),
    );
  });

  test('--require makes a skipped check a failure', async () => {
    await using world = await cluster();

    const output = await json(world, 'doctor --require licence/compliant --require nodes/enough');

    assert.equal(output.code, 4);
    assert.deepEqual(problems(output), ['fail licence/compliant']);
    assert.match(
      output.results.find(({ id }) => id === 'licence/compliant')?.problem ?? '',
      /required, and skipped: needs an API key/,
    );
  });

  test("another limit of octo-ha's own is heard, from the context or the command line", async () => {
    await using world = await cluster();
    await lastSeen(world, 'web-2', 130_000);
    const configuration = {
      contexts: {
        test: { database: { engine: 'sqlite', directory: 'x' }, doctor: { limits: { heartbeatWarn: '140s' } } },
      },
    } as const;

    assert.deepEqual(problems(await json(world, 'doctor')), ['warn nodes/heartbeat web-2']);
    assert.deepEqual(problems(await json(world, 'doctor', { configuration })), []);
    assert.deepEqual(problems(await json(world, 'doctor --limit heartbeatWarn=140s')), []);
    assert.deepEqual(problems(await json(world, 'doctor --limit heartbeatWarn=10s', { configuration })), [
      'warn nodes/heartbeat web-2',
    ]);
  });

  test('what was declared in the context of late', async () => {
    await using world = await cluster();

    for (const [declaration, found] of declaredLongAgo) {
      const { results } = await json(world, `doctor ${found.split(' ')[1]}`, declaring(declaration, '2026-02-01'));
      assert.equal(results[0]?.status, 'pass', declaration);
    }
    assert.deepEqual(declaredLongAgo.map(([declaration]) => declaration).toSorted(), declarations.toSorted());
  });

  test("checks that need Octopus' API with a key, and without one says so", async () => {
    await using world = await cluster();
    const octopus = {
      get: async (path: string) => {
        if (path === '/api/serverstatus/health')
          return { IsOperatingNormally: false, Description: 'The licence has expired' };
        if (path === '/api/serverstatus') return {};
        if (path === '/api/scheduler') return 'not what is expected';
        throw new Failure('unreachable', `nobody answers ${path}`);
      },
    };

    const output = await json(world, 'doctor cluster/operating-normally cluster/scheduler licence/compliant', {
      octopus,
    });

    assert.deepEqual(
      output.results.map(({ id, status, problem }) => [id, status, problem]),
      [
        ['licence/compliant', 'unknown', 'nobody answers /api/licenses/licenses-current-status'],
        ['cluster/operating-normally', 'fail', 'The licence has expired'],
        ['cluster/scheduler', 'unknown', 'Octopus answered /api/scheduler in a form that octo-ha does not know'],
      ],
    );
  });

  test('--wait looks again until it is well', async () => {
    await using world = await cluster();
    world.pings.set('web-2', 'down');
    world.in(12_000, async () => void world.pings.delete('web-2'));

    const { code, stderr, stdout } = await world.run('doctor nodes/ping --wait 1m');

    assert.equal(code, 0, stdout);
    assert.match(stderr, /waiting: nodes\/ping/);
    assert.equal(world.now.toISOString(), '2026-03-01T10:00:15.000Z');
  });

  test('--wait ends when its time is over', async () => {
    await using world = await cluster();
    world.pings.set('web-2', 'down');

    const { code } = await world.run('doctor nodes/ping --wait 12s');

    assert.equal(code, 4);
    assert.equal(world.now.toISOString(), '2026-03-01T10:00:12.000Z');
  });
});

describe('doctor --fix', () => {
  test('applies a safe remedy when it is agreed to, and looks again', async () => {
    await using world = await cluster();
    await hold(world, 'web-9');

    const { code, stdout, asked } = await world.run('doctor --fix --fail-on warn', { answers: ['y'] });

    assert.equal(code, 0, stdout);
    assert.deepEqual(asked, ['octo-ha/hold-orphaned: end the hold of OctopusServerNodes-web-9?']);
    assert.deepEqual(problems(await json(world, 'doctor')), []);
  });

  test('leaves alone what is declined, and what --dry-run only tells', async () => {
    await using world = await cluster();
    await hold(world, 'web-9');

    assert.equal((await world.run('doctor --fix --fail-on warn', { answers: ['n'] })).code, 4);
    assert.match((await world.run('doctor --fix --dry-run')).stderr, /would end the hold/);
    assert.deepEqual(problems(await json(world, 'doctor')), ['warn octo-ha/hold-orphaned']);
  });

  test('refuses where nobody can be asked, and names the flag', async () => {
    await using world = await cluster();

    const { code, stderr } = await world.run('doctor --fix');

    assert.equal(code, 3);
    assert.match(stderr, /--yes/);
  });

  test('offers nothing for tables of another database, or that a newer octo-ha has made', async () => {
    for (const change of [
      sql`UPDATE octo_ha.cluster SET database_name = 'Another'`,
      sql`UPDATE octo_ha.schema_version SET minimum_writer = 99`,
    ]) {
      await using world = await cluster();
      await hold(world, 'web-9');
      await world.execute([change]);

      const { stderr } = await world.run('doctor octo-ha --fix --yes');

      assert.doesNotMatch(stderr, /end the hold/);
      assert.ok(problems(await json(world, 'doctor')).includes('warn octo-ha/hold-orphaned'));
    }
  });

  test('gives an abandoned lease back', async () => {
    await using world = await cluster();
    await world.execute([
      sql`UPDATE octo_ha.lease SET holder = 'abcd', who = 'anna@desk', expires = ${new Date(world.now.getTime() - 60_000)}`,
    ]);

    assert.equal((await world.run('doctor --fix --yes --fail-on warn')).code, 0);
    assert.deepEqual(problems(await json(world, 'doctor octo-ha')), []);
  });
});

describe('doctor --diff', () => {
  test('tells what is new, what is gone and what is still there', async () => {
    await using world = await cluster();
    await world.setFlag('web-2', true);
    await world.run('doctor');
    await world.clock.sleep(1_000, new AbortController().signal);
    await lastSeen(world, 'web-3', 5 * 60_000);

    const { stdout } = await world.run('doctor --diff --json');

    const { changes } = JSON.parse(stdout) as { changes: Record<string, { key: string }[]> };
    assert.deepEqual(
      changes['new']?.map(({ key }) => key),
      ['nodes/heartbeat web-3', 'nodes/capacity-without-largest'],
    );
    assert.deepEqual(
      changes['still']?.map(({ key }) => key),
      ['octo-ha/drain-explained'],
    );
    assert.deepEqual(changes['gone'], []);

    await lastSeen(world, 'web-3', 0);
    await world.clock.sleep(1_000, new AbortController().signal);
    assert.match(
      (await world.run('doctor --diff')).stdout,
      /0 new, 2 gone, 1 still there[\s\S]*gone nodes\/heartbeat web-3/,
    );
    await world.clock.sleep(1_000, new AbortController().signal);
    assert.match((await world.run('doctor --diff')).stdout, /nothing has changed/);
  });

  test('compares with a run of the same selection only', async () => {
    await using world = await cluster();
    await world.run('doctor');

    const { stderr } = await world.run('doctor nodes --diff');

    assert.match(stderr, /no earlier run of this selection/);
  });

  test('says why a run is not kept', async () => {
    await using world = await cluster();
    await world.dropOwnTables();

    const { code, stderr } = await world.run('doctor --diff --fail-on never');

    assert.equal(code, 0);
    assert.match(stderr, /not kept: octo-ha has no tables/);
  });
});

describe('suppressions', () => {
  const text = (expires: string, check = 'octo-ha/drain-explained') => `suppressions:
  - check: ${check}
    reason: waits for a new disk
    owner: anna
    expires: ${expires}
`;
  const run = async (world: World, written: string) =>
    await json(world, 'doctor --suppressions s.yaml', { files: files({ 's.yaml': written }) });

  test('put a finding aside for a while, and it is shown as such', async () => {
    await using world = await cluster();
    await world.setFlag('web-2', true);

    const output = await run(world, text('2026-03-01'));

    assert.deepEqual(problems(output), []);
    assert.equal(output.verdict, 'pass');
    assert.equal(output.counts['suppressed'], 1);
    assert.match(
      output.results.find(({ status }) => status === 'suppressed')?.problem ?? '',
      /suppressed until the end of 2026-03-01 by anna: waits for a new disk/,
    );
  });

  test('are told when they have expired, cover nothing, or name no check', async () => {
    await using world = await cluster();
    await world.setFlag('web-2', true);

    assert.deepEqual(problems(await run(world, text('2026-02-28'))), [
      'warn octo-ha/drain-explained',
      'warn octo-ha/suppressions',
    ]);
    const useless = await run(world, text('2026-04-01', 'nodes/enough'));
    assert.match(
      useless.results.find(({ id }) => id === 'octo-ha/suppressions')?.problem ?? '',
      /nodes\/enough of anna covers nothing/,
    );
    assert.match(
      (await run(world, text('2026-04-01', 'nodes/enought'))).results.at(-1)?.problem ?? '',
      /no such check/,
    );
  });

  test('that cannot be understood are an error of usage that names the field', async () => {
    await using world = await cluster();
    for (const [written, words] of [
      ['suppressions: [{check: a}]', /suppressions\.0/],
      [text('2026-02-31x'), /expires/],
      ['suppressions: &a [*a]', /s\.yaml/],
      ['- x', /s\.yaml/],
    ] as const) {
      const { code, stderr } = await world.run('doctor --suppressions s.yaml', { files: files({ 's.yaml': written }) });
      assert.equal(code, 2, written);
      assert.match(stderr, words);
    }
  });
});

describe('doctor --report', () => {
  test('writes every format from the same run', async () => {
    await using world = await cluster();
    await world.setFlag('web-2', true);
    const written = files();
    const names = ['a.html', 'a.md', 'a.json', 'a.junit.xml', 'a.sarif'];

    const { code } = await world.run(`doctor ${names.map((name) => `--report ${name}`).join(' ')}`, { files: written });

    assert.equal(code, 0);
    assert.deepEqual(Object.keys(written.kept).sort(), [...names].sort());
    for (const name of names) assert.match(written.kept[name] ?? '', /octo-ha\/drain-explained/, name);
    await matchesSchema('doctor', written.kept['a.json'] ?? '');
  });
});

async function lastSeen(world: World, name: string, ago: number): Promise<void> {
  const at = new Date(world.now.getTime() - ago);
  await world.execute([
    sql`UPDATE dbo.OctopusServerNodeStatus SET LastSeen = ${at} WHERE OctopusServerNodeId = ${`OctopusServerNodes-${name}`}`,
  ]);
}

/** More nodes like those that are there. */
async function register(world: World, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const id = `OctopusServerNodes-${name}`;
    await world.execute([
      sql`INSERT INTO dbo.OctopusServerNode (Id, Name, JSON, MaxConcurrentTasks, IsInMaintenanceMode)
        VALUES (${id}, ${name}, '{}', 5, 0)`,
      sql`INSERT INTO dbo.OctopusServerNodeStatus (OctopusServerNodeId, LastSeen, IsOffline)
        VALUES (${id}, ${world.now}, 0)`,
    ]);
    await world.execute([sql`INSERT INTO octo_ha.node (node_id, url) VALUES (${id}, ${`http://${name}.test`})`]);
  }
}

async function hold(world: World, name: string, until: Date | null = null): Promise<void> {
  await world.execute([
    sql`INSERT INTO octo_ha.hold (node_id, who, why, since, until)
      VALUES (${`OctopusServerNodes-${name}`}, 'anna@desk', 'disk swap', ${world.now}, ${until ?? sql`NULL`})`,
  ]);
}

/** Everything is there but one host. */
function network({ lookup, connect }: { lookup?: string; connect?: string }): Network {
  const refuse = (host: string) => new Failure('unreachable', `cannot reach ${host}`);
  return {
    lookup: async (host) => {
      if (host === lookup) throw refuse(host);
      return ['192.0.2.1'];
    },
    connect: async (host) => {
      if (host === connect) throw refuse(host);
    },
    certificate: async (host) => {
      throw refuse(host);
    },
  };
}
