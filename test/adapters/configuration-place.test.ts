import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { launcher } from '../support/built-cli.js';

/** Where the context file is for a process that believes to be on this platform. */
function placeOn(platform: NodeJS.Platform, env: Readonly<Record<string, string>>): string {
  const believe = `data:text/javascript,${encodeURIComponent(`Object.defineProperty(process, 'platform', { value: '${platform}' })`)}`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', believe, launcher, 'config', 'path'], {
    env: { PATH: process.env['PATH'], HOME: '/home/anna', ...env },
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  return stdout.trim();
}

for (const [what, platform, env, place] of [
  ['the home on Linux', 'linux', {}, '/home/anna/.config/octo-ha/config.yaml'],
  ['XDG_CONFIG_HOME', 'linux', { XDG_CONFIG_HOME: '/etc/anna' }, '/etc/anna/octo-ha/config.yaml'],
  [
    'APPDATA on Windows',
    'win32',
    { APPDATA: '/C:/Users/anna/Roaming' },
    '/C:/Users/anna/Roaming/octo-ha/Config/config.yaml',
  ],
  ['OCTO_HA_CONFIG, before all', 'linux', { XDG_CONFIG_HOME: '/etc/anna', OCTO_HA_CONFIG: '/x.yaml' }, '/x.yaml'],
] as const) {
  test(`the context file is where ${what} says`, () => {
    assert.equal(placeOn(platform, env), place);
  });
}
