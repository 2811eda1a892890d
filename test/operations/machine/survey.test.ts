import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { chmod } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseSurvey, survey } from '../../../src/operations/machine/survey.js';
import { judgePreflight, type PreflightFacts } from '../../../src/setup/node/preflight.js';
import { linuxMachine } from '../../support/linux-machine.js';

const never = new AbortController().signal;
setMaxListeners(0, never);

const octopus = `#!/bin/sh
case $1 in
version) echo 'Octopus Deploy: Server'; echo 2025.4.1000 ;;
list-instances) printf '[\\n  { "InstanceName": "OctopusServer",\\n    "ConfigurationFilePath": "C:\\\\\\\\x" }\\n]\\n' ;;
esac
`;

for (const program of ['/bin/dash', '/bin/bash', '/bin/busybox']) {
  const missing = spawnSync(program, ['-c', ':']).error !== undefined && 'it is not installed';
  const skip = process.platform !== 'linux' ? 'the wrapper for sh is for Linux' : missing;

  describe(`a survey by ${program}`, { skip }, () => {
    test('tells what a machine is, has and reaches', async () => {
      await using linux = await linuxMachine({ sh: program });
      await linux.write('Octopus.Server', octopus);
      await chmod(linux.path('Octopus.Server'), 0o755);
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;

      const found = await survey(
        linux.machine,
        linux.path('Octopus.Server'),
        [`127.0.0.1/${port}`, '127.0.0.1/1'],
        never,
      );
      server.close();

      assert.equal(found.platform, 'Linux');
      assert.equal(found.isAdministrator, process.getuid?.() === 0);
      assert.deepEqual([found.version, found.instances], ['2025.4.1000', ['OctopusServer']]);
      assert.ok((found.free ?? 0) > 0);
      assert.deepEqual(
        [...found.targets],
        [
          [`127.0.0.1/${port}`, 'open'],
          ['127.0.0.1/1', 'closed'],
        ],
      );
    });

    test('says so where Octopus Server is not installed', async () => {
      await using linux = await linuxMachine({ sh: program });

      const found = await survey(linux.machine, linux.path('nothing'), [], never);

      assert.deepEqual([found.version, found.instances], [undefined, undefined]);
      assert.match(found.complaint, /not found|No such file/);
    });
  });
}

describe('a survey', () => {
  test('never throws, and knows nothing that was not said', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { version, instances } = parseSurvey(text);

        if (!text.includes('version 0 ')) assert.equal(version, undefined);
        if (!text.includes('list-instances 0')) assert.equal(instances, undefined);
      }),
    );
  });
});

describe('a preflight', () => {
  const good: PreflightFacts = {
    ...{ name: 'web-3', manager: 'systemd', versions: ['2025.4.1'], others: ['docker'], database: 'sql/1433' },
    survey: {
      ...{ platform: 'Linux', machine: 'm', isAdministrator: true, version: '2025.4.1', complaint: '' },
      ...{
        instances: [],
        container: undefined,
        free: 50 * 1024 ** 3,
        targets: new Map([['sql/1433', 'open'] as const]),
      },
    },
  };
  const failing = (facts: PreflightFacts) =>
    judgePreflight(facts).flatMap(({ title, status }) => (status === 'pass' ? [] : [`${title} ${status}`]));
  const surveyed = (change: Partial<PreflightFacts['survey']>) => ({ ...good, survey: { ...good.survey, ...change } });

  for (const [what, facts, expected] of [
    ['all is well', good, []],
    ['no other node runs', { ...good, versions: [] }, []],
    ['the others run on Windows', { ...good, others: ['windows' as const] }, ['platform fail']],
    ['the platform is not told', surveyed({ platform: '' }), ['platform unknown']],
    ['Octopus Server is not installed', surveyed({ version: undefined }), ['version fail']],
    ['it is of another version', surveyed({ version: '2025.4.2' }), ['version fail']],
    ['room is scarce', surveyed({ free: 5 * 1024 ** 3 }), ['disk warn']],
    ['room is not told', surveyed({ free: undefined }), ['disk unknown']],
    ['the database is out of reach', surveyed({ targets: new Map([['sql/1433', 'closed']]) }), ['database fail']],
    ['another node is out of reach', surveyed({ targets: new Map([['web-1/443', 'closed']]) }), ['other node warn']],
    ['nobody can tell', surveyed({ targets: new Map([['sql/1433', 'unknown']]) }), ['database unknown']],
  ] as const) {
    test(`is ${expected.join(', ') || 'passed'} where ${what}`, () => {
      assert.deepEqual(failing(facts as PreflightFacts), expected);
    });
  }
});
