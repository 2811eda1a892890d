import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { nodeHttp } from '../../src/adapters/node-http.js';
import { octopusApi } from '../../src/adapters/octopus-api/octopus-api.js';
import { localSecrets } from '../../src/adapters/secrets.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import { parseConfiguration } from '../../src/configuration/parse.js';
import { stopNode } from '../../src/lab/nodes.js';
import { submitTasks } from '../../src/lab/submit.js';
import { bringUp } from '../../src/lab/up.js';
import { cancelTasks } from '../../src/operations/cancel-tasks.js';
import { builtCli } from '../support/built-cli.js';
import { eventually } from '../support/eventually.js';
import { buildLabPrograms, type LabPrograms, labPlace } from '../support/lab.js';
import { RecordingTerminal } from '../support/recording-terminal.js';

const { signal } = new AbortController();
setMaxListeners(0, signal);

const apiOf = (url: string, file: string) =>
  octopusApi({
    ...{ url, key: { file }, preferred: false, secrets: localSecrets(new RecordingTerminal()) },
    ...{ http: nodeHttp, ca: undefined, timeout: 30_000 },
  });

describe('the API of a lab', () => {
  let built: LabPrograms;
  // The lab's processes do not keep their starter alive.
  let waiting: NodeJS.Timeout;

  before(async () => {
    waiting = setInterval(() => {}, 1_000);
    built = await buildLabPrograms();
  });
  after(async () => {
    clearInterval(waiting);
    await built[Symbol.asyncDispose]();
  });

  test('drains a node through the balancer, and cancels its tasks', { timeout: 120_000 }, async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;
    const look = await bringUp(host, { nodes: 2, cap: 5, balancer: 'own', tell: () => {} }, signal);
    const { url = '', keyFile = '' } = look.api ?? {};
    assert.equal(url, look.balancer?.url);
    const api = apiOf(url, keyFile);
    const [node] = await api.nodes(signal);
    assert.equal(node?.name, 'node-1');
    await using octopus = host.openDatabase(look.database.directory, { create: false });
    const order = { count: 6, duration: { shortest: 600_000, longest: 600_000 }, asksHuman: false };
    await submitTasks(octopus, order, Math.random, signal);
    const running = async () => (await api.runningTasks(node.id, signal)).length;
    await eventually(async () => assert.ok((await running()) > 0));

    const { after } = await api.setDrainFlag(node.id, true, signal);

    assert.deepEqual([after.name, after.draining, after.taskCap], ['node-1', true, 5]);
    await eventually(async () => {
      const ping = `${look.nodes[0]?.url}/api/octopusservernodes/ping`;
      assert.equal((await host.http.send({ url: ping, timeout: 30_000 }, signal)).status, 418);
    });
    const outcome = await cancelTasks(api, node, { grace: 60_000, every: 250 }, systemClock, signal);
    assert.equal(outcome.kind, 'idle');
    assert.ok(outcome.tasks.length > 0);
    assert.ok(outcome.tasks.every(({ task, fate }) => fate === 'ended' && task.state === 'Canceled'));
  });

  test('leaves the tasks of a node that was killed in Cancelling', { timeout: 120_000 }, async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;
    const look = await bringUp(host, { nodes: 2, cap: 5, watched: false, balancer: 'none', tell: () => {} }, signal);
    assert.equal(look.api?.url, look.nodes[0]?.url);
    const api = apiOf(look.api?.url ?? '', look.api?.keyFile ?? '');
    await using octopus = host.openDatabase(look.database.directory, { create: false });
    const order = { count: 4, duration: { shortest: 600_000, longest: 600_000 }, asksHuman: false };
    await submitTasks(octopus, order, Math.random, signal);
    const node = { id: 'OctopusServerNodes-node-2', name: 'node-2' };
    await eventually(async () => assert.ok((await api.runningTasks(node.id, signal)).length > 0));

    await stopNode(host, 'node-2', 'kill', signal);
    const outcome = await cancelTasks(api, node, { grace: 2_000, every: 250 }, systemClock, signal);

    assert.equal(outcome.kind, 'busy');
    assert.ok(outcome.tasks.every(({ task, fate }) => fate === 'stuck' && task.state === 'Cancelling'));
  });

  test('is in the context of the lab, with a key that only its owner reads and that is nowhere else', async () => {
    await using cli = await builtCli();
    const home = cli.env['OCTO_HA_LAB_HOME'] ?? '';
    const file = join(home, 'api-key');

    const up = await cli.run('lab up --nodes 1 --balancer none --json');
    const key = await readFile(file, 'utf8');
    const again = await cli.run('lab up -v');

    assert.deepEqual([up.code, again.code], [0, 0], up.stderr + again.stderr);
    assert.match(key, /^API-[0-9A-F]{32}$/);
    assert.equal(await readFile(file, 'utf8'), key);
    if (process.platform !== 'win32') assert.equal((await stat(file)).mode & 0o777, 0o600);
    const configPath = cli.env['OCTO_HA_CONFIG'] ?? '';
    const { contexts } = parseConfiguration(await readFile(configPath, 'utf8'), configPath);
    const { url, ...rest } = contexts['lab']?.api ?? {};
    assert.deepEqual(rest, { key: { file } });
    const { installationId } = await apiOf(url ?? '', file).root(signal);
    assert.match(installationId, /^[0-9a-f-]{36}$/);
    const { nodes } = JSON.parse(up.stdout);
    const commandLine = await readFile(`/proc/${nodes[0].pid}/cmdline`, 'utf8').catch(() => '');
    for (const text of [
      up.stdout,
      up.stderr,
      again.stdout,
      again.stderr,
      await readFile(configPath, 'utf8'),
      commandLine,
    ]) {
      assert.ok(!text.includes(key));
    }
    for (const name of await readdir(home, { recursive: true })) {
      const path = join(home, name);
      if (path === file || !(await stat(path)).isFile()) continue;
      assert.ok(!(await readFile(path)).includes(key), `${name} holds the key`);
    }
  });
});
