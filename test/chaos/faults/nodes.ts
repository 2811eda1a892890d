import { rm, writeFile } from 'node:fs/promises';
import type { FaultLab, Undo } from '../../support/chaos/fault-lab.js';
import { standStill } from '../../support/chaos/stand-still.js';
import type { Fault } from './fault.js';
import { siteOf } from './site.js';

const day = 86_400_000;
const ago = (milliseconds: number): string => new Date(Date.now() - milliseconds).toISOString();

const unit = 'octopus-server';
const start =
  (lab: FaultLab, machine: string): Undo =>
  async () =>
    void (await lab.onMachine(machine, 'systemctl', 'start', unit));

async function restart(lab: FaultLab, machine: string): Promise<void> {
  await lab.onMachine(machine, 'systemctl', 'restart', unit);
}

async function kill(lab: FaultLab, node: string): Promise<Undo> {
  process.kill(await lab.pidOf(node), 'SIGKILL');
  return start(lab, node);
}

const both =
  (...undos: readonly Undo[]): Undo =>
  async () => {
    for (const undo of undos) await undo();
  };

async function register(lab: FaultLab, id: string, name: string, lastSeen: string): Promise<Undo> {
  const key = `OctopusServerNodes-${id}`;
  await lab.execute(
    "INSERT INTO dbo.OctopusServerNode (Id, Name, MaxConcurrentTasks, IsInMaintenanceMode, JSON) VALUES (?, ?, 5, 0, '{}')",
    key,
    name,
  );
  await lab.execute(
    "INSERT INTO dbo.OctopusServerNodeStatus (OctopusServerNodeId, LastSeen, IsOffline, Version) VALUES (?, ?, 0, '2025.4.1000')",
    key,
    lastSeen,
  );
  return async () => {
    await lab.execute('DELETE FROM dbo.OctopusServerNodeStatus WHERE OctopusServerNodeId = ?', key);
    await lab.execute('DELETE FROM dbo.OctopusServerNode WHERE Id = ?', key);
  };
}

/** Caps by node, and what they were. */
async function caps(lab: FaultLab, set: string): Promise<Undo> {
  await lab.execute(`UPDATE dbo.OctopusServerNode SET MaxConcurrentTasks = ${set}`);
  return () => lab.execute('UPDATE dbo.OctopusServerNode SET MaxConcurrentTasks = 5');
}

async function address(lab: FaultLab, node: string, url: string): Promise<Undo> {
  const { port } = lab.record.machines.find(({ name }) => name === node) ?? { port: 0 };
  const keep = (value: string) =>
    lab.execute('UPDATE octo_ha.node SET url = ? WHERE node_id = ?', value, `OctopusServerNodes-${node}`);
  await keep(url);
  return () => keep(`http://127.0.0.1:${port}`);
}

const portOf = (lab: FaultLab, node: string): number =>
  lab.record.machines.find(({ name }) => name === node)?.port ?? 0;

/** Something stands between the node and whoever asks for it at its address. */
async function behind(lab: FaultLab, node: string, answer: Parameters<typeof siteOf>[1]): Promise<Undo> {
  const site = await siteOf(`http://127.0.0.1:${portOf(lab, node)}`, answer);
  const back = await address(lab, node, site.url);
  return both(back, site.stop);
}

export const nodeFaults: readonly Fault[] = [
  {
    id: 'node-killed',
    what: 'the process of a node is killed',
    ...{ cause: 'nodes/service-running', node: 'node-2', follows: ['nodes/heartbeat'] },
    inject: (lab) => kill(lab, 'node-2'),
  },
  {
    id: 'node-stopped',
    what: 'somebody stops the service of a node, without draining it',
    ...{ cause: 'nodes/service-running', node: 'node-3', follows: ['nodes/heartbeat'] },
    async inject(lab) {
      await lab.onMachine('node-3', 'systemctl', 'stop', unit);
      return start(lab, 'node-3');
    },
  },
  {
    id: 'node-hangs',
    what: 'the process of a node stands still',
    ...{ cause: 'nodes/heartbeat', node: 'node-2' },
    async inject(lab) {
      const pid = await lab.pidOf('node-2');
      await standStill(lab.home, pid);
      return async () => void process.kill(pid, 'SIGCONT');
    },
  },
  {
    id: 'one-node-left',
    what: 'two of three nodes are killed',
    cause: 'nodes/enough',
    follows: ['nodes/heartbeat', 'nodes/service-running', 'nodes/capacity-without-largest'],
    inject: async (lab) => both(await kill(lab, 'node-2'), await kill(lab, 'node-3')),
  },
  {
    id: 'service-disabled',
    what: 'the service of a node is left disabled after maintenance',
    ...{ cause: 'nodes/service-automatic', node: 'node-2' },
    async inject(lab) {
      await lab.onMachine('node-2', 'systemctl', 'disable', unit);
      return async () => void (await lab.onMachine('node-2', 'systemctl', 'enable', unit));
    },
  },
  {
    id: 'wrong-version',
    what: 'another version is installed and started on one node',
    cause: 'nodes/same-version',
    async inject(lab) {
      await writeFile(lab.disk('node-2', 'version'), '2025.4.999\n');
      await restart(lab, 'node-2');
      return async () => {
        await rm(lab.disk('node-2', 'version'));
        await restart(lab, 'node-2');
        await lab.execute("DELETE FROM dbo.OctopusServerInstallationHistory WHERE Version = '2025.4.999'");
      };
    },
  },
  {
    id: 'version-with-a-defect',
    what: 'every node runs a version in which a task can run on two nodes',
    cause: 'cluster/known-defects',
    async inject(lab) {
      const version = '2023.3.12000';
      const names = lab.record.machines.map(({ name }) => name);
      for (const name of names) {
        await writeFile(lab.disk(name, 'version'), `${version}\n`);
        await restart(lab, name);
      }
      return async () => {
        for (const name of names) {
          await rm(lab.disk(name, 'version'));
          await restart(lab, name);
        }
        await lab.execute('DELETE FROM dbo.OctopusServerInstallationHistory WHERE Version = ?', version);
      };
    },
  },
  {
    id: 'version-not-started',
    what: 'the nodes run another version than the database knows',
    ...{ cause: 'nodes/runs-installed-version', node: 'node-1' },
    async inject(lab) {
      const known = (from: string, to: string) => [
        `UPDATE dbo.OctopusServerNodeStatus SET Version = '${to}' WHERE Version = '${from}'`,
        `UPDATE dbo.OctopusServerInstallationHistory SET Version = '${to}' WHERE Version = '${from}'`,
      ];
      for (const sql of known('2025.4.1000', '2025.4.1001')) await lab.execute(sql);
      return async () => {
        for (const sql of known('2025.4.1001', '2025.4.1000')) await lab.execute(sql);
      };
    },
  },
  {
    id: 'two-with-one-name',
    what: 'two nodes are configured with one name',
    ...{ cause: 'nodes/name', node: 'node-2', follows: ['nodes/heartbeat'] },
    async inject(lab) {
      const backs = await renamed(lab);
      await restart(lab, 'node-2');
      return both(backs, () => restart(lab, 'node-2'));
    },
  },
  {
    id: 'registered-twice',
    what: 'a node that was renamed has left its row behind',
    ...{ cause: 'nodes/unique-names', follows: ['nodes/stale'] },
    inject: (lab) => register(lab, 'old-machine', 'node-2', ago(30 * day)),
  },
  {
    id: 'forgotten-node',
    what: 'a node that is gone for good is still registered',
    cause: 'nodes/stale',
    inject: (lab) => register(lab, 'node-9', 'node-9', ago(30 * day)),
  },
  {
    id: 'node-never-came-back',
    what: 'a node has not been seen for an hour, and nothing is known of its machine',
    ...{ cause: 'nodes/heartbeat', node: 'node-8', follows: ['octo-ha/web-addresses'] },
    inject: (lab) => register(lab, 'node-8', 'node-8', ago(3_600_000)),
  },
  {
    id: 'spelled-otherwise',
    what: "a node's name and Id are spelled in two ways",
    cause: 'nodes/id-spelling',
    async inject(lab) {
      const name = (text: string) =>
        lab.execute("UPDATE dbo.OctopusServerNode SET Name = ? WHERE Id = 'OctopusServerNodes-node-3'", text);
      await name('Node-3');
      return () => name('node-3');
    },
  },
  {
    id: 'unequal-caps',
    what: 'one node has another task cap than the others',
    cause: 'nodes/equal-caps',
    inject: (lab) => caps(lab, "CASE WHEN Name = 'node-2' THEN 50 ELSE MaxConcurrentTasks END"),
  },
  {
    id: 'caps-too-high',
    what: 'every task cap is higher than Octopus advises',
    cause: 'nodes/cap-not-too-high',
    inject: (lab) => caps(lab, '200'),
  },
  {
    id: 'nobody-takes-tasks',
    what: 'every task cap is 0',
    cause: 'nodes/some-take-tasks',
    inject: (lab) => caps(lab, '0'),
  },
  {
    id: 'one-takes-tasks',
    what: 'two of three nodes have a task cap of 0',
    cause: 'nodes/capacity-without-largest',
    inject: (lab) => caps(lab, "CASE WHEN Name = 'node-1' THEN 5 ELSE 0 END"),
  },
  {
    id: 'everything-drains',
    what: 'every node is drained outside octo-ha',
    ...{ cause: 'nodes/not-all-draining' },
    follows: ['octo-ha/drain-explained', 'cluster/api-answers', 'load-balancer/answers', 'nodes/ping-agrees'],
    async inject(lab) {
      await lab.execute('UPDATE dbo.OctopusServerNode SET IsInMaintenanceMode = 1');
      return () => lab.execute('UPDATE dbo.OctopusServerNode SET IsInMaintenanceMode = 0');
    },
  },
  {
    id: 'address-of-another',
    what: 'the address that is kept for a node is another node',
    ...{ cause: 'nodes/ping', node: 'node-2' },
    inject: (lab) => address(lab, 'node-2', `http://127.0.0.1:${portOf(lab, 'node-1')}`),
  },
  {
    id: 'name-not-in-dns',
    what: "the name in a node's address cannot be resolved",
    ...{ cause: 'network/name-resolves', node: 'node-2' },
    inject: (lab) => address(lab, 'node-2', 'http://node-2.octopus.invalid'),
  },
  {
    id: 'port-closed',
    what: "nobody listens at a node's address",
    ...{ cause: 'network/web-port', node: 'node-2' },
    async inject(lab) {
      const site = await siteOf('http://127.0.0.1:1', () => undefined);
      await site.stop();
      return await address(lab, 'node-2', site.url);
    },
  },
  {
    id: 'ping-redirected',
    what: 'something in front of a node redirects its ping',
    ...{ cause: 'nodes/ping', node: 'node-2' },
    inject: (lab) =>
      behind(lab, 'node-2', () => ({ status: 301, headers: { Location: 'https://octopus.example.com/' } })),
  },
  {
    id: 'ping-does-not-follow',
    what: 'a node answers that it drains, and its flag says that it does not',
    ...{ cause: 'nodes/ping-agrees', node: 'node-2' },
    inject: (lab) =>
      behind(lab, 'node-2', (path, { body }) =>
        path.endsWith('/ping')
          ? { status: 418, body: body.replace('"IsInMaintenanceMode":false', '"IsInMaintenanceMode":true') }
          : undefined,
      ),
  },
  {
    id: 'node-of-a-clone',
    what: "a node's address leads to a copy of the installation",
    cause: 'cluster/one-installation',
    inject: (lab) =>
      behind(lab, 'node-2', (path, { status, body }) =>
        path === '/api'
          ? { status, body: body.replace(/"InstallationId":"[^"]*"/, '"InstallationId":"a-clone"') }
          : undefined,
      ),
  },
];

async function renamed(lab: FaultLab): Promise<Undo> {
  const file = 'home/octopus/.octopus/OctopusServer/Server/Server.linux.config';
  return both(
    await lab.rewrite(lab.disk('node-2', 'instance.json'), (text) =>
      text.replace('"nodeName": "node-2"', '"nodeName": "node-1"'),
    ),
    await lab.rewrite(lab.disk('node-2', file), (text) => text.replace('>node-2<', '>node-1<')),
  );
}
