import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { addAgain } from '../../src/operations/add-again.js';

const address = {
  host: 'web-3',
  manager: 'windows',
  service: 'OctopusDeploy',
  instance: 'OctopusServer',
  hostKeys: [],
};

describe('the command that goes on with a node that is being made', () => {
  test('says all that was said, but where the secrets are', () => {
    const request = {
      ...{ name: 'web-3', url: 'https://web-3.corp', cap: 8, account: 'CORP\\octopus$', commsListenPort: 10_943 },
      address: { ...address, port: 2222, hostKeys: ['ssh-ed25519 SHA256:abc+/='] },
    };

    assert.equal(
      addAgain(request),
      'octo-ha node add web-3 --name web-3 --port 2222 --manager windows --service OctopusDeploy --instance OctopusServer ' +
        "--url https://web-3.corp --cap 8 --account 'CORP\\octopus$' --comms-listen-port 10943 " +
        "--host-key 'ssh-ed25519 SHA256:abc+/=' --master-key PLACE",
    );
  });

  test('is one word for the shell, whatever stands in it', {
    skip: process.platform === 'win32' && 'sh is asked',
  }, () => {
    const texts = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => !/[\0\uD800-\uDFFF]/.test(text));
    fc.assert(
      fc.property(texts, (account) => {
        const line = addAgain({ name: 'web-3', cap: 0, account, address }).replace('octo-ha', "printf '%s\\0'");
        const { stdout } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
        const words = stdout.split('\0');
        assert.equal(words[words.indexOf('--account') + 1], account);
        assert.equal(words.length, 18);
      }),
      { numRuns: 100 },
    );
  });
});
