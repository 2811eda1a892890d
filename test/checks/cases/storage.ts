import { type Look, type StorageFacts, seen } from '../../../src/checks/storage/facts.js';
import type { NodeAnswer } from '../../../src/checks/storage/nodes/ask-node.js';
import type { NodeProof, SharedProof } from '../../../src/checks/storage/nodes/prove-shared.js';
import { Failure } from '../../../src/errors.js';
import type { Cases } from './case.js';

const gib = 1024 ** 3;

/** A visit to a share of a file server where all is well, but for what is said. */
const visit = (more: Partial<StorageFacts> = {}): StorageFacts => ({
  ...{ location: { kind: 'unc', server: 'files', share: 'octopus', folder: '' } as const, listing: seen([]) },
  ...{ addresses: seen(['10.0.0.7']), connection: seen({ port: 445, fastest: 1 }), folders: seen({ missing: [] }) },
  ...{ written: seen({ bytes: 8, took: 1 }), content: seen({ took: 1, differsAt: undefined }) },
  ...{ renamed: seen(undefined), removed: seen({ left: [], because: undefined }) },
  ...{ space: seen({ free: 50 * gib, total: 100 * gib }), latency: seen({ of: 'a connection', fastest: 1 }) },
  ...more,
});

const refused = (trouble: string): Look<never> => ({ state: 'refused', trouble, message: `because of ${trouble}` });

const who = { user: 'octopus', account: 'octopus', as: 'service' } as const;
const looked: NodeAnswer = {
  ...{ state: 'looked', ...who, type: 'cifs', source: '//files/octopus', inside: '' },
  ...{ machine: 'm', device: '' },
};

const aProof = (node: string, more: Partial<NodeProof> = {}): NodeProof => ({
  ...{ node, path: '/mnt/octopus', look: looked, see: { state: 'seen', ...who, text: 'hello' } },
  ...{ lock: { state: 'refused', ...who }, unlocked: { state: 'taken', ...who } },
  ...more,
});

/** What two nodes saw of one folder, but for what is said of the second. */
const proof = (other: Partial<NodeProof> = {}, more: Partial<SharedProof> = {}): SharedProof => ({
  ...{ first: 'web-1', text: 'hello', nodes: [aProof('web-1'), aProof('web-2', other)], left: [] },
  ...more,
});

const logs = (size: number | null) => [{ task: 'ServerTasks-1', size }];

export const storageCases: Cases = {
  'storage/resolves': [
    ['pass', null, visit()],
    ['fail', /files has no address/, visit({ addresses: seen([]) })],
  ],
  'storage/reachable': [
    ['pass', null, visit()],
    ['fail', /files on port 445 refuses the connection/, visit({ connection: refused('ECONNREFUSED') })],
  ],
  'storage/login': [
    ['pass', null, visit()],
    ['fail', /wrong-password/, visit({ listing: refused('wrong-password') })],
  ],
  'storage/listed': [
    ['pass', null, visit()],
    ['fail', /denied/, visit({ listing: refused('denied') })],
  ],
  'storage/folders': [
    ['pass', null, visit()],
    ['warn', /missing: Imports/, visit({ folders: seen({ missing: ['Imports'] }) })],
  ],
  'storage/writable': [
    ['pass', null, visit()],
    ['fail', /it may be read, not changed/, visit({ written: refused('denied') })],
  ],
  'storage/intact': [
    ['pass', null, visit()],
    ['fail', /from byte 4096/, visit({ content: seen({ took: 1, differsAt: 4096 }) })],
  ],
  'storage/renamed': [
    ['pass', null, visit()],
    ['fail', /denied/, visit({ renamed: refused('denied') })],
  ],
  'storage/removed': [
    ['pass', null, visit()],
    ['fail', /may still be there: x/, visit({ removed: seen({ left: ['x'], because: undefined }) })],
  ],
  'storage/room': [
    ['pass', null, visit()],
    ['warn', /diskFreeWarn/, visit({ space: seen({ free: 10 * gib, total: 100 * gib }) })],
    ['fail', /diskFreeFail/, visit({ space: seen({ free: gib, total: 100 * gib }) })],
  ],
  'storage/latency': [
    ['pass', null, visit()],
    ['warn', /storageLatency/, visit({ latency: seen({ of: 'a small file', fastest: 21 }) })],
  ],
  'storage/task-logs': [
    ['pass', null, { nodes: [{ name: 'web-1', logs: logs(5) }], isEmpty: false }],
    [
      'fail',
      /no logs of the newest tasks of web-2/,
      {
        isEmpty: false,
        nodes: [
          { name: 'web-1', logs: logs(5) },
          { name: 'web-2', logs: logs(null) },
        ],
      },
    ],
    ['skip', /no node has finished/, { nodes: [{ name: 'web-1', logs: [] }], isEmpty: true }],
  ],
  'storage/seen-as-service': [
    ['pass', null, proof()],
    ['fail', /web-2 sees no folder/, proof({ look: { state: 'missing', ...who } })],
    [
      'unknown',
      /seen as root, not as octopus/,
      proof({ look: { ...looked, user: 'root', as: 'other' } as NodeAnswer }),
    ],
  ],
  'storage/same-target': [
    ['pass', null, proof()],
    ['fail', /web-2 to \/\/other\/x/, proof({ look: { ...looked, source: '//other/x' } as NodeAnswer })],
    ['skip', /one node only/, proof({}, { nodes: [aProof('web-1')] })],
  ],
  'storage/seen-by-all': [
    ['pass', null, proof()],
    ['fail', /web-2 does not see what web-1 writes/, proof({ see: { state: 'missing', ...who } })],
  ],
  'storage/lock': [
    ['pass', null, proof()],
    ['fail', /gets a lock that web-1 holds: locks stay on the machine/, proof({ lock: { state: 'taken', ...who } })],
  ],
  'storage/probes-removed': [
    ['pass', null, proof()],
    ['fail', /may still be there: web-2/, proof({}, { left: ['web-2: /mnt/octopus/octo-ha-probe-x'] })],
  ],
  'database/write-probe': [
    ['pass', null, { applied: true, ownTables: true }],
    ['fail', /was not there to be removed/, { applied: false, ownTables: true }],
    ['fail', /only reads/, new Failure('unreachable', 'a replica that only reads answered')],
    ['warn', /lacks a right/, new Failure('unreachable', 'x lacks a right', { details: { lastsUntilMended: true } })],
  ],
};
