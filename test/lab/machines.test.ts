import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { access, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { clusterShells } from '../../src/adapters/cluster-shells.js';
import { listProcesses } from '../../src/adapters/process-list.js';
import { localSecrets } from '../../src/adapters/secrets.js';
import { newSshKey } from '../../src/adapters/ssh/new-key.js';
import { clusterDatabase } from '../../src/database/database.js';
import { sqlite } from '../../src/database/dialects/sqlite.js';
import { machineAddresses } from '../../src/database/queries/machine-addresses.js';
import { Failure } from '../../src/errors.js';
import { takeDown } from '../../src/lab/down.js';
import type { LabHost } from '../../src/lab/host.js';
import { lookAtLab, requireLab } from '../../src/lab/look.js';
import { stopNode } from '../../src/lab/nodes.js';
import { findLabProcesses } from '../../src/lab/processes.js';
import { labPaths, writeRecord } from '../../src/lab/record.js';
import { sshFiles } from '../../src/lab/ssh-files.js';
import { submitTasks } from '../../src/lab/submit.js';
import { bringUp, type UpOptions } from '../../src/lab/up.js';
import { runStep, type StepId, showToken } from '../../src/operations/machine/machine.js';
import {
  cancelTasks,
  reboot,
  setStartType,
  startService,
  stopService,
  waitForNewStart,
} from '../../src/operations/machine/service-control.js';
import { readService } from '../../src/operations/machine/service-state.js';
import { eventually } from '../support/eventually.js';
import { buildLabPrograms, type LabPrograms, labPlace } from '../support/lab.js';
import { callsOn, labMachine, labShell, type } from '../support/lab-machines.js';
import { RecordingTerminal } from '../support/recording-terminal.js';

const { signal } = new AbortController();
setMaxListeners(0, signal);

const up = (host: LabHost, options: Partial<UpOptions> = {}) =>
  bringUp(host, { nodes: 2, cap: 5, balancer: 'none', tell: () => {}, ...options }, signal);

let steps = 0;
const step = (token = 1): StepId => ({ operation: 'op-1', step: `step-${++steps}`, token });

async function rows(host: LabHost, query: ReturnType<typeof sql>) {
  await using octopus = host.openDatabase(host.home.pathOf(labPaths.database), { create: false });
  const [found = []] = await octopus.read([query], signal);
  return found;
}

const nodeRows = (host: LabHost) =>
  rows(
    host,
    sql`
      SELECT n.Name AS name, n.IsInMaintenanceMode AS draining, n.MaxConcurrentTasks AS cap, s.IsOffline AS offline, s.LastSeen AS seen
      FROM dbo.OctopusServerNode AS n JOIN dbo.OctopusServerNodeStatus AS s ON s.OctopusServerNodeId = n.Id ORDER BY n.Name`,
  );

const offline = async (host: LabHost, name: string) =>
  Number((await nodeRows(host)).find((row) => row['name'] === name)?.['offline']);

async function pidOf(host: LabHost, name: string): Promise<number | null> {
  const { nodes } = await lookAtLab(host, await requireLab(host));
  return nodes.find((node) => node.name === name)?.pid ?? null;
}

const pingOf = async (host: LabHost, url: string) =>
  (await host.http.send({ url: `${url}/api/octopusservernodes/ping`, timeout: 2_000 }, signal).catch(() => undefined))
    ?.status;

/** One that has ended may wait for its parent for a while. */
const isAlive = async (pid: number): Promise<boolean> => (await listProcesses([pid])).length > 0;

describe('the machines of a lab', { skip: process.platform === 'win32' && 'machines run commands by sh' }, () => {
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

  test('start again what was only stopped, and leave alone what was masked first', async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;
    await up(host);
    await using one = labShell(host, 'node-1');
    await using two = labShell(host, 'node-2');
    const [masked, stopped] = [labMachine('node-1', one), labMachine('node-2', two)];
    const before = await pidOf(host, 'node-2');

    const changed = await setStartType(masked, step(), 'disabled', signal);
    await stopService(masked, step(), {}, signal);
    assert.equal(await offline(host, 'node-1'), 1);
    await stopService(stopped, step(), {}, signal);

    assert.deepEqual([changed.before.native, changed.after.native], ['enabled', 'masked']);
    await eventually(async () => assert.equal((await readService(stopped, signal)).state, 'running'));
    await eventually(async () => assert.equal(await offline(host, 'node-2'), 0));
    assert.notEqual(await pidOf(host, 'node-2'), before);
    const { state, start } = await readService(masked, signal);
    assert.deepEqual([state, start?.native, await pidOf(host, 'node-1')], ['stopped', 'masked', null]);

    await assert.rejects(startService(masked, step(), signal), /Unit octopus-server\.service is masked/);
    await setStartType(masked, step(), changed.before, signal);
    await startService(masked, step(), signal);
    assert.equal((await readService(masked, signal)).start?.native, 'enabled');
  });

  test('start a node that answers 503 first, keeps its drain flag, and is seen again', async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;
    const { nodes } = await up(host, { nodes: 1 });
    const url = nodes[0]?.url ?? '';
    const record = await requireLab(host);
    await writeRecord(host.home, { ...record, intervals: { ...record.intervals, startDelay: 3_000 } });
    await using shell = labShell(host, 'node-1');
    const machine = labMachine('node-1', shell);
    const drained = await type(shell, 'Octopus.Server node --drain=true --instance OctopusServer', signal);
    assert.deepEqual([drained.exitCode, drained.stderr], [0, '']);
    await setStartType(machine, step(), 'disabled', signal);
    await stopService(machine, step(), {}, signal);
    const [gone] = await nodeRows(host);

    await setStartType(machine, step(), 'auto', signal);
    await startService(machine, step(), signal);

    await eventually(async () => assert.equal(await pingOf(host, url), 503), { every: 10 });
    assert.equal(await offline(host, 'node-1'), 1);
    await eventually(async () => assert.equal(await pingOf(host, url), 418));
    await eventually(async () => {
      const [back] = await nodeRows(host);
      assert.deepEqual([back?.['draining'], back?.['offline']], [gone?.['draining'], 0]);
      assert.ok(String(back?.['seen']) > String(gone?.['seen']));
    });
  });

  test('come back from a reboot as another start, with their node and without what ran on them', async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;
    await up(host, { nodes: 1 });
    await using shell = labShell(host, 'node-1');
    const machine = labMachine('node-1', shell);
    const before = await pidOf(host, 'node-1');
    const daemon = await type(shell, 'setsid sleep 600 </dev/null >/dev/null 2>&1 & echo $!', signal);
    assert.ok(await isAlive(Number(daemon.stdout)));

    const { bootBefore } = await reboot(machine, step(), signal);
    const boot = await waitForNewStart(machine, bootBefore, signal);

    assert.notEqual(boot, bootBefore);
    await eventually(async () => assert.equal((await readService(machine, signal)).state, 'running'));
    assert.notEqual(await pidOf(host, 'node-1'), before);
    assert.equal(await isAlive(Number(daemon.stdout)), process.platform !== 'linux');
  });

  test('finish a step whose connection is given up, and refuse a lower token by any connection', async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;
    await up(host, { nodes: 1 });
    const began = join(host.home.path, 'machines/node-1/began');
    const begun: StepId = step(5);
    const effect = { action: 'run', shellLine: 'echo x >>"$HOME/began"; sleep 1; echo still here' } as const;
    const first = labShell(host, 'node-1');
    const giveUp = new AbortController();
    const given = assert.rejects(runStep(labMachine('node-1', first), begun, effect, giveUp.signal), /enough/);
    await eventually(() => access(began));
    giveUp.abort(new Error('enough'));
    await given;
    await first[Symbol.asyncDispose]();
    await using shell = labShell(host, 'node-1');
    const machine = labMachine('node-1', shell);

    const { running } = await showToken(machine, 6, signal);
    const outcome = await runStep(machine, { ...begun, token: 6 }, effect, signal);

    assert.equal(running?.step, begun.step);
    assert.deepEqual([outcome.state, outcome.record.output], ['finished', 'still here\n']);
    assert.equal(await readFile(began, 'utf8'), 'x\n');
    await using late = labShell(host, 'node-1');
    const refused = await runStep(labMachine('node-1', late), step(5), effect, signal).catch((error: unknown) => error);
    assert.ok(refused instanceof Failure && refused.kind === 'busy', String(refused));
    assert.equal(await readFile(began, 'utf8'), 'x\n');
  });

  test('cancel the tasks of their node by Octopus.Server', async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;
    await up(host, { nodes: 1 });
    await using octopus = host.openDatabase(host.home.pathOf(labPaths.database), { create: false });
    const duration = { shortest: 600_000, longest: 600_000 };
    await submitTasks(octopus, { count: 3, duration, asksHuman: false }, host.random, signal);
    const states = async () =>
      (await rows(host, sql`SELECT State AS state FROM dbo.ServerTask WHERE Name = 'Deploy'`)).map(
        ({ state }) => state,
      );
    await eventually(async () => assert.deepEqual(await states(), Array(3).fill('Executing')));
    await using shell = labShell(host, 'node-1');

    await cancelTasks(labMachine('node-1', shell), step(), { instance: 'OctopusServer', wait: 0 }, signal);

    assert.deepEqual(await states(), Array(3).fill('Canceled'));
    assert.equal((await nodeRows(host))[0]?.['draining'], 1);
    const call = 'Octopus.Server node --instance OctopusServer --drain=true --cancel-tasks --wait=0';
    assert.ok((await callsOn(host, 'node-1')).includes(call));
  });

  test('let in the key of the lab only', async () => {
    await using place = await labPlace(built.programs);
    const { host, home } = place;
    await up(host, { nodes: 0, machines: 1 });
    assert.equal((await stat(join(home, sshFiles.key))).mode & 0o777, 0o600);
    const configuration = (await host.home.read(sshFiles.config)) ?? '';
    await writeFile(join(home, 'run/stranger'), newSshKey().private, { mode: 0o600 });
    await writeFile(join(home, 'run/by-key'), configuration.replaceAll('ssh/id_ed25519', 'run/stranger'));
    await writeFile(join(home, 'run/by-name'), configuration.replaceAll('User lab', 'User root'));

    for (const file of ['by-key', 'by-name']) {
      await using shell = labShell(host, 'node-1', join(home, 'run', file));
      await assert.rejects(type(shell, 'true', signal), /@127\.0\.0\.1:\d+ does not let us log in: tried the key/);
    }
    await using shell = labShell(host, 'node-1');
    assert.equal((await type(shell, 'true', signal)).exitCode, 0);
  });

  test('are reached by what the cluster and the context keep of them, and by no other host key', async () => {
    await using place = await labPlace(built.programs);
    const { host, home } = place;
    await up(host, { nodes: 1, machines: 2 });
    await using octopus = host.openDatabase(host.home.pathOf(labPaths.database), { create: false });
    await using database = clusterDatabase(octopus.session, sqlite, { own: '' });
    const [addresses] = await database.ask([machineAddresses], signal);
    const [[, address] = []] = [...addresses];
    assert.ok(address);
    const { hostKeys, ...rest } = address;
    const wanted = { host: 'node-1', manager: 'systemd', service: 'octopus-server', instance: 'OctopusServer' };
    assert.deepEqual([addresses.size, rest], [1, wanted]);
    const context = { ssh: { config: host.home.pathOf(sshFiles.config) } };
    const logins = { context, secrets: localSecrets(new RecordingTerminal()), terminal: new RecordingTerminal() };
    await using shells = clusterShells(logins);
    const shell = await shells.shellOn('node-1', address);
    assert.equal((await readService(labMachine('node-1', shell), signal)).state, 'running');

    const known = (await host.home.read(sshFiles.knownHosts)) ?? '';
    const shown = known.match(/^node-1 (\S+ \S+)$/m)?.[1] ?? '';
    await writeFile(join(home, sshFiles.knownHosts), known.replace(shown, newSshKey().public));
    await using deceived = clusterShells(logins);
    const refused = await type(await deceived.shellOn('node-1', address), 'true', signal).catch((error) => error);

    assert.ok(refused instanceof Failure && refused.kind === 'refused', String(refused));
    assert.ok(refused.message.includes(`it shows  ${hostKeys[0]}`), refused.message);
  });

  test('are set up from nothing by Octopus.Server, and cleared again', async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;
    const { nodes, machines } = await up(host, { nodes: 1, machines: 2 });
    assert.deepEqual([nodes.length, machines.map(({ node }) => node)], [1, ['node-1', null]]);
    await using old = labShell(host, 'node-1');
    await using fresh = labShell(host, 'node-2');
    const machine = labMachine('node-2', fresh);
    const on = async (shell: typeof fresh, line: string) => {
      const { exitCode, stdout, stderr } = await type(shell, line, signal);
      return [exitCode, exitCode === 0 ? stdout.trim() : stderr.trim()] as const;
    };
    assert.equal((await readService(machine, signal)).state, 'missing');
    assert.deepEqual(await on(fresh, 'Octopus.Server list-instances --format=JSON'), [0, '[]']);
    assert.match((await on(fresh, 'Octopus.Server node --taskCap=1')).join(), /^1,There are no instances/);
    const [, masterKey] = await on(old, 'Octopus.Server show-master-key');
    const [, shown] = await on(old, 'Octopus.Server show-configuration --format=json');
    const connection = JSON.parse(shown)['Octopus.Storage.ExternalDatabaseConnectionString'];

    const create = 'Octopus.Server create-instance --instance=Default --serverNodeName web-2';
    assert.equal((await on(fresh, create))[0], 0);
    assert.match((await on(fresh, create)).join(), /^1,Instance Default already exists/);
    const database = `Octopus.Server database --instance=default --connectionString='${connection}'`;
    assert.match((await on(fresh, `${database} --masterKey=AAAA`)).join(), /^1,.*Master Key is not the one/);
    assert.match((await on(fresh, `${database} --create`)).join(), /^1,.*supply the Master Key/);
    assert.match((await on(fresh, database.replace('Source=', 'Source=/x'))).join(), /^1,Unable to connect/);
    assert.equal((await on(fresh, `${database} --masterKey ${masterKey}`))[0], 0);
    assert.match((await on(fresh, 'Octopus.Server node --frobnicate')).join(), /^1,Unrecognized .*: --frobnicate$/);
    assert.equal((await on(fresh, '/Octopus/Octopus.Server node --taskCap=0 --instance=Default'))[0], 0);
    assert.equal((await on(fresh, 'Octopus.Server configure --webListenPrefixes=http://localhost:80/'))[0], 0);
    assert.equal((await on(fresh, "Octopus.Server path --clusterShared='//files/octopus'"))[0], 0);
    assert.match((await on(fresh, 'Octopus.Server service --start')).join(), /^1,The service is not installed/);
    assert.equal((await on(fresh, 'Octopus.Server service --install --start'))[0], 0);

    await eventually(async () => {
      const row = (await nodeRows(host)).find(({ name }) => name === 'web-2');
      assert.deepEqual([row?.['offline'], row?.['cap']], [0, 0]);
    });
    const look = await lookAtLab(host, await requireLab(host));
    assert.deepEqual(
      look.nodes.map(({ name }) => name),
      ['node-1', 'web-2'],
    );
    assert.equal(await pingOf(host, look.nodes[1]?.url ?? ''), 200);
    assert.equal((await readService(machine, signal)).state, 'running');
    assert.equal((await on(fresh, 'Octopus.Server watchdog --create --interval=1'))[0], 0);
    const pid = await pidOf(host, 'web-2');
    assert.equal((await on(fresh, 'Octopus.Server service --restart'))[0], 0);
    assert.notEqual(await pidOf(host, 'web-2'), pid);
    assert.equal((await on(fresh, 'Octopus.Server service --stop'))[0], 0);
    await eventually(async () => {
      assert.equal((await readService(machine, signal)).state, 'running');
      // Started again by its watchdog, and up to where a stop is a clean one.
      assert.equal(await pingOf(host, look.nodes[1]?.url ?? ''), 200);
    });
    const calls = (await callsOn(host, 'node-2')).join('\n');
    assert.match(calls, /--masterKey …/);
    assert.ok(!calls.includes(masterKey));

    assert.match((await on(fresh, 'Octopus.Server delete-instance --instance=Default')).join(), /^1,.* is running/);
    assert.equal((await on(fresh, 'Octopus.Server service --stop --uninstall'))[0], 0);
    assert.equal((await readService(machine, signal)).state, 'missing');
    assert.equal((await on(fresh, 'Octopus.Server delete-instance --instance=Default'))[0], 0);
    assert.equal(await offline(host, 'web-2'), 1);
  });

  test('are gone when their process is killed, while the nodes go on, and come back with another up', async () => {
    await using place = await labPlace(built.programs);
    const { host } = place;
    const first = await up(host);
    process.kill(first.ssh.pid ?? 0, 'SIGKILL');
    await using lost = labShell(host, 'node-1');
    await eventually(() => assert.rejects(type(lost, 'true', signal), { kind: 'unreachable' }));
    assert.equal(await pingOf(host, first.nodes[0]?.url ?? ''), 200);

    const again = await up(host);

    assert.deepEqual([again.nodes, again.machines], [first.nodes, first.machines]);
    await using shell = labShell(host, 'node-1');
    assert.equal((await readService(labMachine('node-1', shell), signal)).state, 'running');
    await stopNode(host, 'node-2', 'kill', signal);
    await eventually(async () => assert.ok(await pidOf(host, 'node-2')));
  });

  test('go with the lab, and what was left running on them too', async () => {
    await using place = await labPlace(built.programs);
    const { host, home } = place;
    await up(host, { nodes: 1, machines: 2 });
    await using shell = labShell(host, 'node-2');
    const daemon = await type(shell, 'setsid sleep 600 </dev/null >/dev/null 2>&1 & echo $!', signal);

    assert.ok(await isAlive(Number(daemon.stdout)));

    const down = await takeDown(host, signal);

    assert.deepEqual(down, { processes: 2, killed: 0, existed: true });
    assert.equal((await findLabProcesses(host)).size, 0);
    assert.equal(await isAlive(Number(daemon.stdout)), process.platform !== 'linux');
    await assert.rejects(access(home));
  });
});
