import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { localShell } from '../../src/adapters/local-shell.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import { checks } from '../../src/checks/index.js';
import { ownLimits } from '../../src/checks/limits.js';
import { selectChecks } from '../../src/checks/select.js';
import { keepMachineAddress } from '../../src/database/queries/machine-addresses.js';
import type { Shell } from '../../src/ports/shell.js';
import { diagnose } from '../../src/setup/diagnose.js';
import { worldOf } from '../../src/setup/world-of.js';
import { engines } from '../support/engines.js';
import { insertNode } from '../support/octopus-rows.js';
import { createTables, octopusShapes } from '../support/octopus-shapes.js';

const { signal } = new AbortController();
setMaxListeners(0, signal);
const missing = spawnSync('unshare', ['-m', 'true']).status !== 0 && 'a mount namespace of its own needs root on Linux';

/** A shell on a machine where `share` is what `really` holds. */
const machineWith = (really: string, share: string): Shell => {
  const shell = localShell();
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  return {
    ...shell,
    run: ({ language, script }, document, within) => {
      const inside = `mount --bind -- "$0" "$1" && exec sh -c "$2"`;
      const words = [really, share, script].map(quoted).join(' ');
      return shell.run({ language, script: `exec unshare -m sh -c ${quoted(inside)} ${words}` }, document, within);
    },
  };
};

/** What doctor finds about storage when each of two machines has one of these directories at the same path. */
async function found(directories: Readonly<Record<string, string>>, share: string): Promise<readonly string[]> {
  await using engine = await engines[0].create();
  const shape = octopusShapes.find(({ name }) => name === '2021 and later');
  assert.ok(shape);
  await engine.execute(createTables(shape));
  await engine.execute(Object.keys(directories).flatMap((name) => insertNode(shape, { name, lastSeen: new Date() })));
  await engine.migrate();
  await using database = engine.open();
  const machine = {
    host: 'h',
    manager: 'systemd',
    service: 'octopus',
    instance: 'OctopusServer',
    hostKeys: [],
  } as const;
  const addresses = Object.keys(directories).flatMap((name) =>
    keepMachineAddress(`OctopusServerNodes-${name}`, machine),
  );
  await database.change(addresses, signal);
  const nowhere = async () => assert.fail('nobody is asked over the network');
  const world = worldOf({
    cluster: {
      ...{ context: 'test', database, dialect: engine.dialect, clock: systemClock, nodeUrl: undefined, ca: undefined },
      timeout: 5_000,
      ownTables: { place: 'the test', open: async () => engine.session },
      http: { send: nowhere },
      api: async () => undefined,
      octopusServerOn: () => undefined,
      shellOn: async (node) => machineWith(directories[node] ?? '', share),
    },
    network: { lookup: nowhere, connect: nowhere, certificate: nowhere },
    ...{ limits: ownLimits, declared: {}, octopus: undefined, sharedFolders: [share], deadline: 60_000, signal },
  });
  const selection = selectChecks(checks, { words: ['storage'], tag: undefined, required: ['storage/really-shared'] });
  const outcomes = await diagnose(world, {
    ...{ selection, suppressions: undefined, required: ['storage/really-shared'], known: checks, from: undefined },
    ...{ jobs: 16, deadline: 60_000, clock: systemClock, signal },
  });
  return outcomes
    .filter(({ status }) => ['warn', 'fail', 'unknown', 'crash'].includes(status))
    .map(({ check, status, problem }) => `${status} ${check.id}: ${problem}`);
}

describe('storage that only looks shared', { skip: missing }, () => {
  test('is found by what each machine sees, and shared storage is not complained of', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'octo-ha-unshared-'));
    const [one, other, share] = ['one', 'other', 'share'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    for (const path of [one, other, share]) await mkdir(path);
    for (let i = 0; i < 5; i++) {
      await writeFile(join(one, `servertasks-${i}.txt`), '');
      await writeFile(join(other, `servertasks-${i + 90}.txt`), '');
    }

    try {
      assert.deepEqual(await found({ 'web-1': one, 'web-2': one }, share), []);
      const unshared = await found({ 'web-1': one, 'web-2': other }, share);
      assert.match(unshared[0] ?? '', /^fail storage\/same-folder: different directories: /);
      assert.deepEqual(unshared.slice(1), [`fail storage/really-shared: different files: ${share} on web-1 and web-2`]);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
