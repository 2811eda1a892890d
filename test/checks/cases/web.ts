import { toSample } from '../../../src/checks/load-balancer/samples.js';
import { backups } from '../../../src/database/queries/sql-server/backups.js';
import { ago, aNode, type Cases, day, held, hour, minute, second } from './case.js';

const answer = (node: string, status = 200, headers: Record<string, string> = {}) =>
  toSample({
    status,
    headers,
    body: JSON.stringify({ Id: `OctopusServerNodes-${node}`, Name: node, IsInMaintenanceMode: false }),
  });
const times = (count: number, node: string, ...more: [number?, Record<string, string>?]) =>
  Array.from({ length: count }, () => answer(node, ...more));

/** The balancer notices within so long. */
const noticing = { outAfter: 5 * second, inAfter: 5 * second };
const drained = (more: Parameters<typeof aNode>[1] = {}) => [
  aNode('web-1'),
  aNode('web-2', { draining: true, state: 'drained', ...more }),
];

const led = (...places: readonly string[]) => ({
  url: 'https://octopus.example.com/octopus',
  places: places.map((place) => ({ asked: '/app', place })),
});

const own = { sha256: 'OWN', subject: 'CN=Octopus Server', distrust: 'DEPTH_ZERO_SELF_SIGNED_CERT' };

const nodes = [aNode('web-1'), aNode('web-2')];
const even = [...times(20, 'web-1'), ...times(20, 'WEB-2')];

/** Rows of msdb, newest first; ages in seconds as the server computes them. */
const row = (kind: 'D' | 'I' | 'L', age: number, more: Record<string, unknown> = {}) => ({
  ...{ kind, age_s: age / 1_000, copy_only: false, damaged: false, checksums: true, server_name: 'SQL1' },
  ...{ device: '\\\\backup\\sql\\octopus.bak', ...more },
});
const history = (recoveryModel: string | null, ...rows: Record<string, unknown>[]) => ({
  backups: backups.answer(rows),
  recoveryModel,
});
const well = history('FULL', row('L', hour / 2), row('D', 5 * hour));

/** Said by a person, and for how long it counts. */
const declared: Cases[string] = [
  ['pass', null, ago(30 * day)],
  ['warn', /200d ago.*declaredAge/, ago(200 * day)],
  ['skip', /nobody has said so/, undefined],
];

export const webCases: Cases = {
  'load-balancer/answers': [
    ['pass', null, { samples: even, nodes }],
    ['pass', null, { samples: [answer('web-1', 429)], nodes }],
    [
      'fail',
      /2 of 42 requests were answered with 502/,
      { samples: [...even, toSample({ status: 502, headers: {}, body: '<html>' }), answer('x', 502)], nodes },
    ],
    ['fail', /418/, { samples: times(3, 'web-1', 418), nodes }],
    ['fail', /^1 of 41 requests got no answer$/, { samples: [...even, { status: 0, node: null, cookies: [] }], nodes }],
  ],
  'load-balancer/every-node': [
    ['pass', null, { samples: even, nodes }],
    [
      'pass',
      null,
      { samples: times(40, 'web-1'), nodes: [aNode('web-1'), aNode('web-2', { draining: true, state: 'drained' })] },
    ],
    ['fail', /no request of 40 came to web-2/, { samples: times(40, 'web-1'), nodes }],
    [
      'pass',
      null,
      { samples: [toSample({ status: 200, headers: { 'octopus-node': 'web-1' }, body: 'x' }), answer('web-2')], nodes },
    ],
    ['skip', /names its node/, { samples: [toSample({ status: 503, headers: {}, body: '' })], nodes }],
  ],
  'load-balancer/drained-left-out': [
    ['skip', /no node is drained/, { samples: even, nodes, times: noticing }],
    ['pass', null, { samples: times(4, 'web-1'), nodes: drained(), times: noticing }],
    ['fail', /came to web-2/, { samples: even, nodes: drained(), times: noticing }],
    [
      'fail',
      /came to web-2/,
      { samples: even, nodes: drained({ hold: held({ since: ago(minute) }) }), times: noticing },
    ],
    [
      'warn',
      /web-2 is drained for 3s and gets requests; the balancer may take 5s/,
      { samples: even, nodes: drained({ hold: held({ since: ago(3 * second) }) }), times: noticing },
    ],
  ],
  'load-balancer/fair': [
    ['pass', null, { samples: even, nodes }],
    ['pass', null, { samples: [...times(30, 'web-1'), ...times(10, 'web-2')], nodes }],
    ['warn', /web-2 got 5 of 40.*balancerShare/, { samples: [...times(35, 'web-1'), ...times(5, 'web-2')], nodes }],
    ['skip', /fewer than two/, { samples: times(4, 'web-1'), nodes }],
  ],
  'load-balancer/not-sticky': [
    [
      'warn',
      /every request from this machine came to web-1.*unless web-2 is out/,
      { samples: times(40, 'web-1'), nodes },
    ],
    ['pass', null, { samples: times(40, 'web-1'), nodes: drained() }],
    ['pass', null, { samples: even, nodes }],
    [
      'pass',
      null,
      { samples: times(2, 'web-1', 200, { 'set-cookie': 'OctopusIdentificationToken=x; path=/' }), nodes },
    ],
    [
      'warn',
      /AWSALB, SERVERID/,
      {
        samples: times(2, 'web-1', 200, {
          'set-cookie': 'AWSALB=a; Expires=Tue, 01 Dec 2026 00:00:00 GMT, SERVERID=s1; path=/',
        }),
        nodes,
      },
    ],
  ],
  'load-balancer/not-rate-limited': [
    ['pass', null, { samples: even, nodes }],
    ['fail', /1 of 41/, { samples: [...even, answer('web-1', 429)], nodes }],
  ],
  'load-balancer/uploads': [
    ['pass', null, { empty: 401, sent: 401, announced: [{ size: '5 GB', status: 100 }] }],
    ['pass', null, { empty: 404, sent: 404, announced: [{ size: '5 GB', status: 404 }] }],
    [
      'fail',
      /5 GB are refused with 413; 10 MB is let through/,
      {
        ...{ empty: 401, sent: 401 },
        announced: ['5 GB', '1 GB', '100 MB', '10 MB'].map((size, i) => ({ size, status: i < 3 ? 413 : 401 })),
      },
    ],
    ['fail', /5 GB are refused with 404$/, { empty: 401, sent: 401, announced: [{ size: '5 GB', status: 404 }] }],
    ['fail', /5 MB were refused with 413/, { empty: 401, sent: 413, announced: [{ size: '5 GB', status: 100 }] }],
    [
      'unknown',
      /answered with 502, and empty ones with 401/,
      { empty: 401, sent: 502, announced: [{ size: '5 GB', status: 100 }] },
    ],
  ],
  'load-balancer/host': [
    ['skip', /no answer names a whole address/, led()],
    ['pass', null, led('https://octopus.example.com/app')],
    ['fail', /GET \/app leads to http:\/\/octopus\.example\.com/, led('http://octopus.example.com/app')],
    ['fail', /https:\/\/octopus\.example\.com:8443/, led('https://octopus.example.com:8443/app')],
    ['fail', /http:\/\/octopus_nodes/, led('http://octopus_nodes/app')],
    ['fail', /http:\/\/10\.0\.0\.1:8080/, led('https://octopus.example.com/app', 'http://10.0.0.1:8080/app')],
    ['warn', /https:\/\/login\.example\.org/, led('https://login.example.org/authorize')],
  ],
  'load-balancer/long-requests': [
    ['pass', null, { path: '/slow', status: 200, open: false, took: 3 * minute }],
    ['pass', null, { path: '/slow', status: null, open: true, took: 2 * minute }],
    ['fail', /\/slow was given up after 1m with 504/, { path: '/slow', status: 504, open: false, took: minute }],
    ['fail', /\/slow was cut off after 30s/, { path: '/slow', status: null, open: false, took: 30 * second }],
    ['skip', /too soon to tell.*longRequest/, { path: '/slow', status: 200, open: false, took: 10 * second }],
  ],
  'load-balancer/polling-unread': [
    ['pass', null, { there: own, portal: 'P', nodes: ['A', 'OWN'] }],
    ['pass', null, { there: own, portal: undefined, nodes: [] }],
    ['fail', /the certificate of the portal/, { there: own, portal: 'OWN', nodes: [] }],
    ['fail', /the certificate of no node/, { there: own, portal: 'P', nodes: ['A'] }],
    ['fail', /which an authority has signed/, { there: { ...own, distrust: null }, portal: 'P', nodes: [] }],
    ['fail', /no TLS/, { there: null, portal: 'P', nodes: [] }],
  ],
  'load-balancer/redundant': declared,
  'storage/redundant': declared,
  'backup/master-key': declared,
  'backup/licence': declared,
  'backup/storage': declared,
  'backup/restore-tested': declared,
  'disaster-recovery/zones': declared,
  'disaster-recovery/storage-copy': declared,
  'disaster-recovery/runbook': declared,
  'backup/full': [
    ['pass', null, well],
    ['pass', null, history('SIMPLE', row('I', 3 * hour), row('D', 3 * day))],
    ['fail', /2d ago.*fullBackup/, history('FULL', row('L', hour), row('D', 2 * day))],
    ['fail', /no full backup/, history('FULL', row('L', hour))],
    ['fail', /no full backup/, history('FULL')],
  ],
  'backup/log': [
    ['pass', null, well],
    ['skip', /SIMPLE/, history('SIMPLE', row('D', hour))],
    ['skip', /does not tell/, history(null, row('D', hour))],
    ['fail', /3h ago.*logBackup/, history('FULL', row('L', 3 * hour), row('D', 5 * hour))],
    ['fail', /never backed up/, history('BULK_LOGGED', row('D', hour))],
  ],
  'backup/recovery-model': [
    ['pass', null, well],
    ['warn', /SIMPLE/, history('SIMPLE')],
    ['skip', /does not tell/, history(null)],
  ],
  'backup/checksums': [
    ['pass', null, well],
    ['warn', /no checksums/, history('FULL', row('D', hour, { checksums: null }))],
    ['skip', /no full backup/, history('FULL')],
  ],
  'backup/undamaged': [
    ['pass', null, well],
    ['fail', /marked it as damaged/, history('FULL', row('D', hour, { damaged: true }))],
    ['skip', /no full backup/, history('FULL')],
  ],
  'backup/chain': [
    ['pass', null, well],
    ['warn', /copy-only/, history('FULL', row('D', hour, { copy_only: true }))],
    ['skip', /no full backup/, history('FULL')],
  ],
  'backup/elsewhere': [
    ['pass', null, well],
    ['pass', null, history('FULL', row('D', hour, { device: '{8F2C1C5B-0000-4000-8000-000000000000}4' }))],
    ['pass', null, history('FULL', row('D', hour, { device: 'https://store.blob.core.windows.net/b/o.bak' }))],
    ['warn', /D:\\Backup\\o\.bak/, history('FULL', row('D', hour, { device: 'D:\\Backup\\o.bak' }))],
    ['warn', /\/var\/opt/, history('FULL', row('D', hour, { device: '/var/opt/mssql/data/o.bak' }))],
    ['skip', /does not tell/, history('FULL', row('D', hour, { device: null }))],
    ['skip', /no full backup/, history('FULL')],
  ],
  'disaster-recovery/database-copy': [
    ['pass', null, { asynchronous: ['SQL3'], ships: null, managed: false }],
    ['pass', null, { asynchronous: [], ships: true, managed: false }],
    ['warn', /neither/, { asynchronous: [], ships: false, managed: false }],
    ['skip', /VIEW SERVER STATE/, { asynchronous: null, ships: false, managed: false }],
    ['skip', /managed/, { asynchronous: null, ships: null, managed: true }],
  ],
};
