import { aFolder, aMachine, aNode, type Cases, held, machines, second } from './case.js';

const gigabyte = 1024 ** 3;
const node = aNode('web-1');
const linux = { os: 'linux', osName: 'Debian GNU/Linux', osVersion: '12' } as const;
const service = (more: Record<string, unknown>) => ({
  service: { state: 'running', automatic: true, account: 'CORP\\svc-octopus', restarts: null, ...more },
});
const logs = (more: Parameters<typeof aFolder>[1]) => ({ folders: [aFolder('/mnt/octopus/TaskLogs', more)] });

const numbered = (number: string, fileSystem = 'nfs') => logs({ number, fileSystem });

/** Of checks that hold something equal on all machines. */
const alike = (
  status: 'warn' | 'fail',
  differs: Parameters<typeof machines>[1],
  notTold?: Parameters<typeof machines>[1],
): Cases[string] => [
  ['pass', null, machines({}, {})],
  [status, /web-1: .*web-2: /, machines({}, differs)],
  ...(notTold === undefined ? [] : [['skip', /nothing to compare/, machines({}, notTold)] as const]),
];

export const machineCases: Cases = {
  'nodes/clock': [
    ['pass', null, aMachine({ clockAheadMs: -2_200, clockDoubtMs: 300 }), node],
    ['pass', null, aMachine({ clockAheadMs: 5_000, clockDoubtMs: 4_000 }), node],
    ['warn', /5s ahead.*clockWarn/, aMachine({ clockAheadMs: 5_000 }), node],
    ['fail', /1m behind.*clockFail/, aMachine({ clockAheadMs: -60 * second }), node],
  ],
  'nodes/time-source': [
    ['pass', null, aMachine(), node],
    ['warn', /no time service/, aMachine({ timeSynchronised: false }), node],
    ['skip', /does not tell/, aMachine({ timeSynchronised: null }), node],
  ],
  'nodes/service-running': [
    ['pass', null, aMachine(), node],
    ['fail', /stopped/, aMachine(service({ state: 'stopped' })), node],
    ['warn', /anna@desk holds/, aMachine(service({ state: 'stopped' })), aNode('web-1', { hold: held() })],
    ['fail', /no service of the name/, aMachine(service({ state: 'missing' })), node],
    ['skip', /does not tell/, aMachine(service({ state: '' })), node],
  ],
  'nodes/service-automatic': [
    ['pass', null, aMachine(), node],
    ['warn', /by hand/, aMachine(service({ automatic: false })), node],
    ['skip', /holds the node/, aMachine(service({ automatic: false })), aNode('web-1', { hold: held() })],
    ['skip', /does not tell/, aMachine(service({ automatic: null })), node],
  ],
  'nodes/service-restarts': [
    ['pass', null, aMachine(service({ restarts: 3 })), node],
    ['warn', /4 times.*restartsWarn/, aMachine(service({ restarts: 4 })), node],
    ['skip', /does not count/, aMachine(), node],
  ],
  'nodes/service-account': [
    ['pass', null, aMachine(), node],
    ['warn', /LocalSystem/, aMachine(service({ account: 'LocalSystem' })), node],
    ['warn', /NETWORK SERVICE/, aMachine(service({ account: 'NT AUTHORITY\\NETWORK SERVICE' })), node],
    ['skip', /containers/, aMachine({ ...linux, ...service({ account: '' }) }), node],
    ['skip', /does not tell/, aMachine(service({ account: '' })), node],
  ],
  'nodes/name': [
    ['pass', null, aMachine({ nodeName: 'WEB-1' }), node],
    ['fail', /names web-9/, aMachine({ nodeName: 'web-9' }), node],
    ['skip', /cannot be read/, aMachine({ nodeName: '' }), node],
  ],
  'nodes/database': [
    ['pass', null, aMachine(), { database: 'octopus', server: 'SQL1' }],
    ['pass', null, aMachine(), { database: 'Octopus', server: null }],
    [
      'warn',
      /names the server tcp:sql1,1433, and this machine octopus-sql/,
      aMachine(),
      { database: 'Octopus', server: 'octopus-sql' },
    ],
    ['fail', /Octopus_Copy/, aMachine({ databaseName: 'Octopus_Copy' }), { database: 'Octopus', server: 'sql1' }],
    ['skip', /cannot be read/, aMachine({ databaseName: '' }), { database: 'Octopus', server: 'sql1' }],
  ],
  'nodes/installed-version': [
    ['pass', null, aMachine(), node],
    ['fail', /2026.1.5 is installed/, aMachine({ version: '2026.1.5' }), node],
    ['skip', /both places/, aMachine({ version: '' }), node],
  ],
  'nodes/watchdog': [
    ['pass', null, aMachine({ watchdog: true }), node],
    ['warn', /while anna@desk/, aMachine({ watchdog: true }), aNode('web-1', { hold: held() })],
    ['skip', /no watchdog/, aMachine({ watchdog: null }), node],
  ],
  'nodes/one-instance': [
    ['pass', null, aMachine(), node],
    ['warn', /2 instances/, aMachine({ instances: 2 }), node],
    ['skip', /does not tell/, aMachine({ instances: null }), node],
  ],
  'nodes/log': [
    ['pass', null, aMachine(), node],
    [
      'warn',
      /Could not find a part of the path" 3 times: a folder of the shared/,
      aMachine({ log: { path: 3, pool: 0 } }),
      node,
    ],
    ['skip', /cannot be read/, aMachine({ log: null }), node],
  ],
  'nodes/processors': [
    ['pass', null, aMachine(), node],
    ['pass', null, aMachine(), aNode('web-1', { taskCap: 0 })],
    ['warn', /4 processors for a task cap of 40; Octopus names 8/, aMachine(), aNode('web-1', { taskCap: 40 })],
    ['warn', /names 32/, aMachine({ processors: 16 }), aNode('web-1', { taskCap: 160 })],
    ['skip', /does not tell/, aMachine({ processors: null }), node],
  ],
  'nodes/memory': [
    ['pass', null, aMachine({ memoryBytes: 3.8 * gigabyte }), node],
    [
      'warn',
      /8 GB for a task cap of 40; Octopus names 16/,
      aMachine({ memoryBytes: 8 * gigabyte }),
      aNode('web-1', { taskCap: 40 }),
    ],
    ['skip', /does not tell/, aMachine({ memoryBytes: null }), node],
  ],
  'nodes/memory-free': [
    ['pass', null, aMachine(), node],
    ['warn', /94%.*memoryUsedWarn/, aMachine({ memoryAvailableBytes: gigabyte }), node],
    ['skip', /does not tell/, aMachine({ memoryAvailableBytes: null }), node],
  ],
  'nodes/load': [
    ['pass', null, aMachine(), node],
    ['warn', /load is 20 on 4.*loadPerCpuWarn/, aMachine({ load: 20 }), node],
    ['skip', /does not tell/, aMachine({ load: null }), node],
  ],
  'nodes/reboot-pending': [
    ['pass', null, aMachine(), node],
    ['warn', /waits for a restart/, aMachine({ rebootPending: true }), node],
    ['skip', /does not tell/, aMachine({ rebootPending: null }), node],
  ],
  'nodes/booted': [
    ['pass', null, aMachine(), node],
    ['warn', /started 2m ago.*bootAge/, aMachine({ uptimeSeconds: 120 }), node],
    ['skip', /does not tell/, aMachine({ uptimeSeconds: null }), node],
  ],
  'nodes/operating-system': [
    ['pass', null, aMachine(), node],
    ['pass', null, aMachine(linux), node],
    [
      'fail',
      /older than Windows Server 2016/,
      aMachine({ osName: 'Microsoft Windows Server 2012 R2', osVersion: '6.3.9600' }),
      node,
    ],
    ['warn', /no server/, aMachine({ osName: 'Microsoft Windows 11 Pro', osVersion: '10.0.22631' }), node],
  ],
  'nodes/same-family': alike('fail', linux),
  'nodes/same-system': alike('warn', { osVersion: '10.0.17763' }, { osName: '', osVersion: '' }),
  'nodes/same-installed-version': alike('fail', { version: '2026.1.5' }, { version: '' }),
  'nodes/same-database': alike('fail', { databaseServer: 'sql2' }, { databaseName: '' }),
  'nodes/same-account': alike('warn', service({ account: 'CORP\\other' }), service({ account: '' })),
  'nodes/same-time-zone': alike('warn', { utcOffsetMinutes: 60 }, { utcOffsetMinutes: null }),
  'network/same-proxy': alike('warn', { proxy: 'set' }),
  'network/names-agree': [
    ['skip', /no name/, machines({}, {})],
    [
      'pass',
      null,
      machines(
        { names: [{ name: 'sql1', addresses: ['10.0.0.5'] }] },
        { names: [{ name: 'sql1', addresses: ['10.0.0.5'] }] },
      ),
    ],
    [
      'warn',
      /sql1 is 10\.0\.0\.5 on web-1, no address on web-2/,
      machines({ names: [{ name: 'sql1', addresses: ['10.0.0.5'] }] }, { names: [{ name: 'sql1', addresses: [] }] }),
    ],
  ],
  'storage/present': [
    ['pass', null, aMachine(), node],
    ['fail', /not there: \/mnt/, aMachine(logs({ exists: false })), node],
    [
      'unknown',
      /seen as CORP\\anna, not as CORP\\svc-octopus/,
      aMachine({ ...logs({ exists: false }), user: 'CORP\\anna' }),
      node,
    ],
    ['skip', /not known/, aMachine({ folders: [] }), node],
  ],
  'storage/not-local': [
    ['pass', null, aMachine(), node],
    ['pass', null, aMachine(logs({ fileSystem: 'nfs' })), node],
    ['fail', /TaskLogs is NTFS on C:\\/, aMachine(logs({ fileSystem: 'NTFS', source: 'C:\\' })), node],
    ['fail', /ext2\/ext3/, aMachine(logs({ fileSystem: 'ext2/ext3' })), node],
    ['skip', /not known/, aMachine({ folders: [] }), node],
    ['skip', /no shared folder was seen/, aMachine(logs({ exists: false })), node],
  ],
  'storage/free-space': [
    ['pass', null, aMachine(), node],
    ['pass', null, aMachine(logs({ totalBytes: 1e13, freeBytes: 1e11 })), node],
    ['warn', /10% free, 9 GB.*diskFreeWarn/, aMachine(logs({ totalBytes: 1e11, freeBytes: 1e10 })), node],
    ['fail', /1% free, 1 GB.*diskFreeFail/, aMachine(logs({ totalBytes: 1e11, freeBytes: 1e9 })), node],
    ['skip', /not known/, aMachine({ folders: [] }), node],
    ['skip', /tells its size/, aMachine(logs({ totalBytes: null })), node],
  ],
  'storage/may-write': [
    ['pass', null, aMachine({ ...linux, ...logs({ writable: true }) }), node],
    [
      'fail',
      /^may not be written to: \/mnt\/octopus\/TaskLogs$/,
      aMachine({ ...linux, ...logs({ writable: false }), ...service({ account: '' }) }),
      node,
    ],
    // A login by key may see less than the service does.
    [
      'unknown',
      /root may not write.*svc-octopus was not asked/,
      aMachine({ user: 'root', ...logs({ writable: false }) }),
      node,
    ],
    ['skip', /does not tell/, aMachine(logs({ writable: null })), node],
    ['skip', /not known/, aMachine({ folders: [] }), node],
  ],
  'storage/same-folder': [
    ['pass', null, machines(numbered('9011'), numbered('9011'))],
    ['fail', /TaskLogs is 9011 on web-1, 77 on web-2/, machines(numbered('9011'), numbered('77'))],
    // An SMB client may make a number up.
    ['skip', /does not tell/, machines(numbered('9011', 'cifs'), numbered('77', 'cifs'))],
    ['skip', /does not tell/, machines(numbered('9011', 'nfs'), numbered('77', 'ext2/ext3'))],
    ['skip', /does not tell/, machines(numbered(''), numbered(''))],
    ['skip', /not known/, machines({ folders: [] }, { folders: [] })],
  ],
  'storage/really-shared': [
    ['pass', null, machines(logs({}), logs({}))],
    [
      'pass',
      null,
      machines(logs({}), logs({ names: ['servertasks-1.txt', 'servertasks-2.txt', 'servertasks-3.txt'], entries: 3 })),
    ],
    [
      'fail',
      /TaskLogs on web-1 and web-2/,
      machines(logs({}), logs({ names: ['servertasks-8.txt', 'servertasks-9.txt'] })),
    ],
    ['fail', /different files/, machines(logs({}), logs({ names: [], entries: 0 }))],
    ['skip', /empty/, machines(logs({ names: [], entries: 0 }), logs({ names: [], entries: 0 }))],
    ['skip', /too large/, machines(logs({ entries: 60_000 }), logs({ entries: 60_000 }))],
    ['skip', /not known/, machines({ folders: [] }, { folders: [] })],
  ],
  'storage/same-source': [
    ['pass', null, machines(logs({}), logs({ source: '//FILES/octopus' }))],
    [
      'fail',
      /\/\/files\/octopus on web-1, \/\/files\/old on web-2/,
      machines(logs({}), logs({ source: '//files/old' })),
    ],
    // One server may have two names, and two servers a share of the same name.
    [
      'unknown',
      /\/\/files\/octopus on web-1, \/\/files\.corp\.test\/octopus on web-2, which may be the same$/,
      machines(logs({}), logs({ source: '//files.corp.test/octopus' })),
    ],
    ['unknown', null, machines(logs({ source: '10.0.0.5:/srv/octopus' }), logs({ source: '[fd00::5]:/srv/octopus' }))],
    ['fail', null, machines(logs({ source: 'files:/srv/octopus' }), logs({ source: 'files:/srv/old' }))],
    ['fail', null, machines(logs({ source: 'C:\\' }), logs({ source: 'D:\\' }))],
    ['fail', null, machines(logs({ source: '/dev/sda1' }), logs({ source: '//files/octopus' }))],
    ['skip', /not known/, machines({ folders: [] }, {})],
  ],
  'storage/same-size': [
    ['pass', null, machines(logs({}), logs({}))],
    ['fail', /different sizes: \/mnt/, machines(logs({}), logs({ totalBytes: 1 }))],
    ['skip', /not known/, machines(logs({ totalBytes: null }), logs({}))],
  ],
  'storage/home-apart': [
    ['pass', null, aMachine(), node],
    ['fail', /its home is \\\\files/, aMachine({ home: '\\\\files\\octopus\\home' }), node],
    ['fail', /in the shared folder/, aMachine({ ...logs({}), home: '/mnt/octopus/TaskLogs/web-1' }), node],
    ['pass', null, aMachine({ ...logs({}), home: '/mnt/octopus/TaskLogs2' }), node],
    ['skip', /cannot be read/, aMachine({ home: '' }), node],
  ],
  'tentacles/all-listen': [
    ['pass', null, machines({}, {})],
    ['warn', /10943 on web-2/, machines({}, { listening: [443] })],
    ['skip', /nothing listens/, machines({ listening: [443] }, { listening: [443] })],
    ['skip', /nothing listens/, machines({}, { listening: null })],
    ['skip', /nothing listens/, machines({}, { listening: [443], ...service({ state: 'stopped' }) })],
  ],
  'tentacles/coverage': [
    ['pass', null, machines({ pollers: ['10.1.0.4', '10.1.0.5'] }, { pollers: ['10.1.0.5', '10.1.0.4'] })],
    [
      'warn',
      /10\.1\.0\.5 does not poll web-2/,
      machines({ pollers: ['10.1.0.4', '10.1.0.5'] }, { pollers: ['10.1.0.4'] }),
    ],
    ['skip', /no connection/, machines({}, {})],
    ['skip', /no connection/, machines({ pollers: ['10.1.0.4'] }, { pollers: null })],
  ],
};
