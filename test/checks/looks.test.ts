import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { checks } from '../../src/checks/index.js';
import { type Limits, ownLimits, parseLimit } from '../../src/checks/limits.js';
import { judgeReach, targetsOf } from '../../src/checks/network/machine.js';
import { compareVersions } from '../../src/checks/nodes/web.js';
import type { World } from '../../src/checks/world.js';
import { Failure } from '../../src/errors.js';
import { aLook, aMachine, aNode } from './cases/case.js';

const { signal } = new AbortController();
const node = aNode('web-1');

/** A world in which only what is said can be looked at. */
const world = (more: Partial<World>): World =>
  ({
    ...{ engine: 'sql-server', limits: ownLimits as Limits, declared: {}, octopus: undefined, connection: undefined },
    clock: { now: () => 0 },
    balancer: async () => undefined,
    sharedFolders: async () => [],
    webAddress: async () => undefined,
    status: async () => aLook(),
    remember: <T>(_: string, load: (signal: AbortSignal) => Promise<T>, within: AbortSignal) => load(within),
    ...more,
  }) as unknown as World;

async function look(id: string, more: Partial<World>): Promise<string> {
  const check = checks.find((one) => one.id === id);
  assert.ok(check, id);
  const verdict =
    check.kind === 'node' ? await check.run(world(more), node, signal) : await check.run(world(more), signal);
  return verdict.status;
}

const connection = { server: 'sql1', port: null, multiSubnetFailover: false, encrypted: true, verified: true };
const closed = {
  connect: async () => {
    throw new Failure('unreachable', 'cannot reach it: the connection was refused');
  },
} as unknown as World['network'];
const nameless = {
  lookup: async () => {
    throw new Failure('unreachable', 'web-1 has no address');
  },
} as unknown as World['network'];
const open = { connect: async () => {}, lookup: async () => ['192.0.2.1'] } as unknown as World['network'];

/** A load balancer without a node, which reads no body. */
const nobodyBehind: World['http'] = {
  async send({ body, announces }) {
    if (body !== undefined || announces !== undefined) throw new Failure('unknown', 'cannot reach it: write EPIPE');
    return { status: 503, headers: {}, body: '' };
  },
};

/** An API that answers only what is named, and fails like this for the rest. */
const answering = (failure: Failure, open: readonly string[] = []): World['octopus'] => ({
  get: async (path) => {
    if (open.includes(path)) return {};
    throw failure;
  },
});

const unreachable = async () => {
  throw new Failure('unreachable', 'nothing answers as SQL Server at sql1:1433');
};

const aCatalogue = {
  ...{ server: 'sql1', database: 'Octopus', serverVersion: '16.0.4085.2', login: 'octo-ha' },
} as unknown as Awaited<ReturnType<World['catalogue']>>;

describe('checks that look by themselves', () => {
  for (const [id, expected, more] of [
    ['database/certificate-verified', 'skip', {}],
    ['database/certificate-verified', 'pass', { connection }],
    ['database/certificate-verified', 'warn', { connection: { ...connection, verified: false } }],
    ['load-balancer/reachable', 'skip', {}],
    ['load-balancer/reachable', 'pass', { balancer: async () => 'https://octopus.example.com', network: open }],
    ['load-balancer/reachable', 'fail', { balancer: async () => 'https://octopus.example.com', network: closed }],
    ['load-balancer/reachable', 'fail', { balancer: async () => 'https://' }],
    // One that is really sent may end with a broken connection where the balancer answers before it has read it.
    ['load-balancer/uploads', 'skip', { balancer: async () => 'https://octopus.example.com', http: nobodyBehind }],
    ['database/reachable', 'pass', { catalogue: async () => aCatalogue }],
    ['database/reachable', 'fail', { catalogue: unreachable }],
    ['nodes/machine', 'skip', { machine: async () => undefined }],
    ['nodes/machine', 'pass', { machine: async () => aMachine() }],
    ['network/name-resolves', 'skip', {}],
    ['network/name-resolves', 'pass', { webAddress: async () => 'http://web-1', network: open }],
    ['network/name-resolves', 'fail', { webAddress: async () => 'http://web-1', network: nameless }],
    ['network/name-resolves', 'fail', { webAddress: async () => 'http://' }],
    ['network/web-port', 'skip', {}],
    ['network/web-port', 'pass', { webAddress: async () => 'http://web-1', network: open }],
    ['network/web-port', 'fail', { webAddress: async () => 'http://web-1', network: closed }],
    ['network/web-port', 'fail', { webAddress: async () => 'http://' }],
    ['octo-ha/login-reads', 'skip', { engine: 'sqlite' }],
    // Why the database cannot be asked is told by another.
    ['octo-ha/login-reads', 'skip', { ask: unreachable }],
    ['octo-ha/placement', 'skip', { engine: 'sqlite' }],
    ['octo-ha/placement', 'pass', { catalogue: async () => ({ placement: { database: 'OctopusHA' } }) as never }],
    ['octo-ha/placement', 'warn', { catalogue: async () => ({ placement: { database: null } }) as never }],
    ['octo-ha/set-up', 'skip', { own: async () => ({ schema: null }) as never }],
    ['octo-ha/set-up', 'pass', { own: async () => ({ schema: { number: 4, minimumWriter: 2 } }) as never }],
    ['network/database-from-node', 'skip', { machine: async () => aMachine() }],
    [
      'network/database-from-node',
      'fail',
      { connection, machine: async () => aMachine({ reach: [{ target: 'sql1:1433', ok: false }] }) },
    ],
    [
      'network/database-from-node',
      'pass',
      { connection, machine: async () => aMachine({ reach: [{ target: 'sql1:1433', ok: true }] }) },
    ],
    ['network/database-from-node', 'skip', { connection, machine: async () => undefined }],
    ['network/balancer-from-node', 'skip', { machine: async () => aMachine() }],
    ...([true, false, null] as const).map(
      (ok) =>
        [
          'network/balancer-from-node',
          ok === null ? 'skip' : ok ? 'pass' : 'fail',
          {
            balancer: async () => 'https://octopus.example.com',
            machine: async () => aMachine({ reach: [{ target: 'octopus.example.com:443', ok }] }),
          },
        ] as const,
    ),
    ['network/storage-from-node', 'skip', { machine: async () => aMachine() }],
    ...([true, false] as const).map(
      (ok) =>
        [
          'network/storage-from-node',
          ok ? 'pass' : 'fail',
          {
            sharedFolders: async () => ['\\\\files\\octopus\\TaskLogs'],
            machine: async () => aMachine({ reach: [{ target: 'files:445', ok }] }),
          },
        ] as const,
    ),
    ['certificates/node-valid', 'skip', { webAddress: async () => 'http://web-1' }],
    ['certificates/balancer-valid', 'skip', {}],
    ['cluster/api-answers', 'skip', {}],
    ['cluster/api-answers', 'pass', { octopus: { get: async () => ({}) } }],
    [
      'cluster/api-answers',
      'fail',
      {
        octopus: {
          get: async () => {
            throw new Failure('unreachable', 'nobody answers');
          },
        },
      },
    ],
    // An older version may not have what is asked, and a key may not be let see it: both are answers.
    ...(['failed', 'refused'] as const).map(
      (kind) => ['cluster/api-answers', 'pass', { octopus: answering(new Failure(kind, 'no')) }] as const,
    ),
    // The root is shown to everybody.
    [
      'cluster/api-answers',
      'fail',
      { octopus: answering(new Failure('unreachable', 'it does not accept the API key'), ['/api']) },
    ],
    ['tentacles/polling-ports', 'skip', {}],
    ['tentacles/polling-ports', 'skip', { octopus: { get: async () => [] } }],
    ...(['pass', 'fail'] as const).map(
      (status) =>
        [
          'tentacles/polling-ports',
          status,
          {
            octopus: {
              get: async () => [{ Name: 't', Endpoint: { CommunicationStyle: 'TentacleActive', Uri: 'poll://x/' } }],
            },
            webAddress: async () => 'https://web-1',
            network: status === 'pass' ? open : closed,
          },
        ] as const,
    ),
  ] as readonly (readonly [string, string, Partial<World>])[]) {
    test(`${id} is a ${expected}`, async () => assert.equal(await look(id, more), expected));
  }

  test('a machine that cannot be reached is for the runner to tell, which does not know more', async () => {
    const machine = async () => {
      throw new Failure('unreachable', 'web-1 refuses the connection');
    };

    await assert.rejects(look('nodes/machine', { machine }), /web-1 refuses the connection/);
  });

  test('a machine that has no program to try it with tells nothing', () => {
    assert.equal(judgeReach({ reach: [{ target: 'a:1', ok: null }] }, 'a:1').status, 'skip');
    assert.equal(judgeReach({ reach: [] }, 'a:1').status, 'skip');
  });

  test('what a machine must reach follows from what is known', async () => {
    const known = world({
      connection: { ...connection, port: 14_330 },
      balancer: async () => 'https://octopus.example.com',
      sharedFolders: async () => ['O:\\x', '\\\\files\\octopus\\TaskLogs'],
    });

    assert.deepEqual(await targetsOf(known, signal), {
      database: 'sql1:14330',
      balancer: 'octopus.example.com:443',
      storage: 'files:445',
    });
    assert.deepEqual(await targetsOf(world({}), signal), {});
  });
});

describe('versions', () => {
  test('are compared part by part', () => {
    for (const [lower, higher] of [
      ['2025.3.999', '2025.3.10568'],
      ['2024.4', '2024.4.1'],
      ['3.17.8', '2018.1.0'],
    ] as const) {
      assert.ok(compareVersions(lower, higher) < 0 && compareVersions(higher, lower) > 0);
    }
  });

  test('have one order, whatever they look like', () => {
    const version = fc.oneof(
      fc.string(),
      fc.array(fc.nat(9_999), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
    );
    fc.assert(
      fc.property(version, version, (a, b) => {
        assert.equal(Math.sign(compareVersions(a, b)), 0 - Math.sign(compareVersions(b, a)));
        assert.equal(compareVersions(a, a), 0);
      }),
    );
  });
});

describe('a limit', () => {
  test('is read in its own unit, and nothing else is one', () => {
    assert.equal(parseLimit('clockWarn', '1m30s'), 90_000);
    assert.equal(parseLimit('clockWarn', '90'), undefined);
    assert.equal(parseLimit('diskFreeWarn', '20%'), 20);
    assert.equal(parseLimit('diskFreeWarn', '20'), 20);
    assert.equal(parseLimit('restartsWarn', '5'), 5);
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = parseLimit('restartsWarn', text);
        assert.ok(value === undefined || (Number.isFinite(value) && value >= 0));
      }),
    );
  });
});
