import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Verdict } from '../../../../src/checks/check.js';
import type { NodeAnswer } from '../../../../src/checks/storage/nodes/ask-node.js';
import type { NodeProof, SharedProof } from '../../../../src/checks/storage/nodes/prove-shared.js';
import { sharedChecks } from '../../../../src/checks/storage/nodes/shared-checks.js';
import { compareTargets, type Target } from '../../../../src/checks/storage/nodes/target.js';

const who = { user: 'svc', account: 'svc', as: 'service' } as const;
const target = (type: string, source: string, inside = '', machine = ''): Target => ({
  state: 'looked',
  ...who,
  type,
  source,
  inside,
  machine,
  device: '8:1',
});

describe('where a folder leads', () => {
  for (const [expected, a, b] of [
    ['same', target('cifs', '//files/octopus', '/data', 'm1'), target('cifs', '//FILES/Octopus/data', '', 'm2')],
    ['same', target('smb', '\\\\files\\octopus', '\\data', 'm1'), target('cifs', '//files/octopus', '/data/', 'm2')],
    ['different', target('cifs', '//files/octopus', '', 'm1'), target('cifs', '//files/other', '', 'm2')],
    ['unclear', target('cifs', '//files/octopus', '', 'm1'), target('cifs', '//files.corp/octopus', '', 'm2')],
    ['same', target('nfs4', 'files:/export', '/octopus', 'm1'), target('nfs', 'files:/export/octopus', '', 'm2')],
    ['unclear', target('nfs4', 'files:/export', '', 'm1'), target('nfs4', '10.0.0.7:/export', '', 'm2')],
    ['different', target('nfs4', 'files:/Export', '', 'm1'), target('nfs4', 'files:/export', '', 'm2')],
    ['unclear', target('nfs4', 'files:/export', '', 'm1'), target('cifs', '//files/export', '', 'm2')],
    ['different', target('ext4', '/dev/sda1', '/octopus', 'm1'), target('ext4', '/dev/sda1', '/octopus', 'm2')],
    ['different', target('ext4', '/dev/sda1', '/octopus', 'm1'), target('cifs', '//files/octopus', '', 'm2')],
    ['same', target('ext4', '/dev/sda1', '/octopus', 'm1'), target('ext4', '/dev/sda1', '/octopus', 'm1')],
    ['different', target('ext4', '/dev/sda1', '/a', 'm1'), target('ext4', '/dev/sda1', '/b', 'm1')],
    ['different', target('ext4', '/dev/sda1'), target('ext4', '/dev/sda1')],
    [
      'different',
      { ...target('overlay', 'overlay', '/data', 'm1'), device: '0:41' },
      target('overlay', 'overlay', '/data', 'm1'),
    ],
    ['unclear', target('cifs', '//files/octopus', '', 'm1'), target('cifs', '//files.corp/octopus', '', 'm1')],
    ['same', target('dfs', '\\\\a\\x', '', 'm1'), target('dfs', '\\\\A\\x', '', 'm2')],
    ['unclear', target('dfs', '\\\\a\\x', '', 'm1'), target('dfs', '\\\\b\\x', '', 'm2')],
    ['unclear', target('dfs', '\\\\a\\x', '', 'm1'), target('smb', '\\\\a\\x', '', 'm2')],
    ['unclear', target('fuse.rclone', 'remote:', '', 'm1'), target('fuse.rclone', 'remote:', '', 'm2')],
  ] as const) {
    test(`is ${expected}: ${a.source}${a.inside} (${a.type}), ${b.source}${b.inside} (${b.type})`, () => {
      assert.equal(compareTargets(a, b), expected);
      assert.equal(compareTargets(b, a), expected);
    });
  }
});

describe('what nodes have found', () => {
  const look = target('cifs', '//files/octopus', '', 'm');
  const seen: NodeAnswer = { state: 'seen', ...who, text: 'x' };
  const node = (name: string, more: Partial<NodeProof> = {}): NodeProof => ({
    node: name,
    path: '/mnt/octopus',
    look: { ...look, machine: name },
    see: seen,
    lock: { state: 'refused', ...who },
    unlocked: { state: 'taken', ...who },
    ...more,
  });
  const judged = (id: string, more: Partial<NodeProof>): Verdict => {
    const proof: SharedProof = { first: 'web-1', text: 'x', nodes: [node('web-1'), node('web-2', more)], left: [] };
    const check = sharedChecks.find((one) => one.id === `storage/${id}`);
    assert.ok(check);
    return check.judge(proof);
  };
  const other = { user: 'WEB-2\\admin', account: 'CORP\\octo', as: 'other' } as const;

  for (const [id, more, status, words] of [
    ['seen-as-service', {}, 'pass', /^$/],
    [
      'seen-as-service',
      { look: { ...look, ...other } },
      'unknown',
      /^seen as WEB-2\\admin, not as CORP\\octo \(web-2\)$/,
    ],
    ['seen-as-service', { look: { state: 'cannot', ...other, message: 'denied' } }, 'unknown', /^seen as WEB-2\\admin/],
    ['seen-as-service', { look: { state: 'missing', ...other } }, 'unknown', /^seen as WEB-2\\admin/],
    ['seen-as-service', { look: { state: 'missing', ...who } }, 'fail', /^web-2 sees no folder \/mnt\/octopus as svc$/],
    ['seen-as-service', { look: { state: 'unasked', because: 'off' } }, 'unknown', /^off$/],
    ['same-target', {}, 'pass', /^$/],
    ['same-target', { look: target('cifs', '//b/octopus', '', 'web-2') }, 'unknown', /which may be the same$/],
    [
      'same-target',
      { look: target('cifs', '//b/c', '', 'web-2') },
      'fail',
      /^web-1 is led to \/\/files\/octopus \(cifs\), web-2 to/,
    ],
    ['same-target', { look: { ...target('cifs', '//b/c'), ...other } }, 'unknown', /not as their service accounts$/],
    ['seen-by-all', {}, 'pass', /^$/],
    ['seen-by-all', { see: { state: 'missing', ...who } }, 'fail', /^web-2 does not see what web-1 writes$/],
    ['seen-by-all', { see: { state: 'missing', ...other } }, 'unknown', /: seen as WEB-2\\admin, not as CORP\\octo$/],
    ['seen-by-all', { see: { ...seen, text: 'y' } }, 'fail', /^web-2 sees something else/],
    ['seen-by-all', { see: { state: 'cannot', ...who, message: 'no' } }, 'unknown', /^web-2: no$/],
    ['lock', {}, 'pass', /^$/],
    ['lock', { unlocked: { state: 'refused', ...who } }, 'unknown', /also when web-1 does not hold it$/],
    ['lock', { lock: { state: 'taken', ...who } }, 'fail', /gets a lock that web-1 holds: locks stay on the machine$/],
    [
      'lock',
      { lock: { state: 'taken', ...who }, look: target('cifs', '//b/c', '', 'web-2') },
      'fail',
      /^web-2 sees what web-1 writes, and gets a lock that web-1 holds: the folder is replicated, not shared$/,
    ],
    ['lock', { lock: { state: 'taken', ...other } }, 'unknown', /: seen as WEB-2\\admin, not as CORP\\octo$/],
    ['lock', { lock: { state: 'missing', ...who } }, 'unknown', /^web-2 does not see the file/],
    ['lock', { lock: { state: 'cannot', ...who, message: 'flock is not installed' } }, 'unknown', /^web-2: flock/],
  ] as const satisfies readonly (readonly [string, Partial<NodeProof>, string, RegExp])[]) {
    test(`is a ${status} for ${id}: ${JSON.stringify(more)}`, () => {
      const verdict = judged(id, more);
      const said = 'problem' in verdict ? verdict.problem : 'because' in verdict ? verdict.because : '';

      assert.equal(verdict.status, status);
      assert.match(said, words);
    });
  }

  test('is nothing where no node could write', () => {
    const proof: SharedProof = {
      first: undefined,
      text: 'x',
      nodes: [node('web-1'), node('web-2')],
      left: ['web-1: /x'],
    };

    const said = sharedChecks.map(({ id, judge }) => [id, judge(proof).status]);

    assert.deepEqual(said, [
      ['storage/seen-as-service', 'pass'],
      ['storage/same-target', 'pass'],
      ['storage/seen-by-all', 'unknown'],
      ['storage/lock', 'unknown'],
      ['storage/probes-removed', 'fail'],
    ]);
  });
});
