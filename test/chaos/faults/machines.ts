import { once } from 'node:events';
import { appendFile, readFile, rename, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { FaultLab, Undo } from '../../support/chaos/fault-lab.js';
import type { Fault } from './fault.js';

const configuration = 'home/octopus/.octopus/OctopusServer/Server/Server.linux.config';

/** A program of a machine, in the place of the host's own or of the one that is there. */
async function program(lab: FaultLab, machine: string, name: string, text: string): Promise<Undo> {
  const path = lab.disk(machine, `bin/${name}`);
  const before = await readFile(path, 'utf8').catch(() => undefined);
  // It may be running: replaced at once, and never half written.
  const put = async (content: string) => {
    await writeFile(`${path}.new`, content, { mode: 0o755 });
    await rename(`${path}.new`, path);
  };
  await put(text);
  return () => (before === undefined ? unlink(path) : put(before));
}

const pollingPort = '2ABF';

/** Rows of /proc/net/tcp, as a Linux machine has them, of somebody who listens for polling Tentacles. */
const listens = `00000000:${pollingPort} 00000000:0000 0A`;
/** A Tentacle at 10.0.0.N that polls. */
const polledBy = (n: number): string => `0100000A:${pollingPort} 0${n}00000A:D431 01`;

/** Each machine has such rows besides those that it has in common with the others. */
async function sockets(lab: FaultLab, machines: Readonly<Record<string, readonly string[]>>): Promise<Undo> {
  const undos: Undo[] = [];
  for (const [machine, rows] of Object.entries(machines)) {
    const own = await readFile(lab.disk(machine, 'bin/cat'), 'utf8');
    const lines = rows.map((row, i) => `'${900 + i}: ${row}'`).join(' ');
    const more = `#!/bin/sh\ncase $1 in */net/tcp) printf '%s\\n' ${lines} ;; esac\n`;
    undos.push(
      await program(
        lab,
        machine,
        'cat',
        own.replace('#!/bin/sh\n', () => more),
      ),
    );
  }
  return async () => {
    for (const undo of undos) await undo();
  };
}

const sshConfig = (lab: FaultLab) => join(lab.home, 'ssh/config');

const portOf = (lab: FaultLab): number => lab.record.machines.find(({ name }) => name === 'node-2')?.ssh ?? 0;

/** The way to a machine leads to another port. */
const leadsTo = (lab: FaultLab, port: number): Promise<Undo> =>
  lab.rewrite(sshConfig(lab), (text) => text.replace(`Port ${portOf(lab)}\n`, `Port ${port}\n`));

/** A port that takes connections and never says a word; `undefined` once closed. */
async function silence() {
  const server = createServer();
  server.on('connection', (socket) => socket.on('error', () => {}));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => sockets.add(socket));
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

const restart = (lab: FaultLab) => lab.onMachine('node-2', 'systemctl', 'restart', 'octopus-server');

export const machineFaults: readonly Fault[] = [
  {
    id: 'clock-skewed',
    what: "a machine's clock is five minutes ahead",
    ...{ cause: 'nodes/clock', node: 'node-2' },
    inject: (lab) => program(lab, 'node-2', 'date', '#!/bin/sh\nexec /bin/date -d "+5 minutes" "$@"\n'),
  },
  {
    id: 'clock-behind',
    what: "a machine's clock is ten seconds behind",
    ...{ cause: 'nodes/clock', node: 'node-3' },
    inject: (lab) => program(lab, 'node-3', 'date', '#!/bin/sh\nexec /bin/date -d "-10 seconds" "$@"\n'),
  },
  {
    id: 'time-zones-differ',
    what: 'one machine is set to another time zone',
    cause: 'nodes/same-time-zone',
    inject: (lab) => program(lab, 'node-2', 'date', '#!/bin/sh\nTZ=Asia/Kathmandu exec /bin/date "$@"\n'),
  },
  {
    id: 'host-key-changed',
    what: 'a machine shows another host key than the one that is known',
    ...{ cause: 'nodes/machine', node: 'node-2' },
    inject: (lab) =>
      lab.rewrite(join(lab.home, 'ssh/known_hosts'), (text) => {
        const other = /^node-3 (.*)$/m.exec(text)?.[1] ?? '';
        return text.replace(/^node-2 .*$/m, `node-2 ${other}`);
      }),
  },
  {
    id: 'login-refused',
    what: 'a machine does not let the login in any more',
    ...{ cause: 'nodes/machine', node: 'node-2' },
    inject: (lab) =>
      lab.rewrite(sshConfig(lab), (text) => text.replace(/(Host node-2\n(?:.*\n)*? {2}User )lab/, '$1nobody')),
  },
  {
    id: 'ssh-refused',
    what: 'nobody listens on the SSH port of a machine',
    ...{ cause: 'nodes/machine', node: 'node-2' },
    async inject(lab) {
      const { port, stop } = await silence();
      await stop();
      return await leadsTo(lab, port);
    },
  },
  {
    id: 'ssh-silent',
    what: 'the SSH port of a machine takes connections and never answers',
    ...{ cause: 'nodes/machine', node: 'node-2' },
    async inject(lab) {
      const { port, stop } = await silence();
      const back = await leadsTo(lab, port);
      return async () => {
        await back();
        await stop();
      };
    },
  },
  {
    id: 'machines-gone',
    what: 'no machine can be reached by SSH',
    cause: 'nodes/machine',
    async inject(lab) {
      process.kill(await lab.pidOf('machines'), 'SIGKILL');
      return async () => void (await lab.ok('lab up'));
    },
  },
  {
    id: 'other-database',
    what: 'the configuration of a node names another database',
    ...{ cause: 'nodes/database', node: 'node-2', follows: ['nodes/same-database'] },
    inject: (lab) =>
      lab.rewrite(lab.disk('node-2', configuration), (text) => text.replace('/dbo.db', '/copy-of-dbo.db')),
  },
  {
    id: 'database-unreachable',
    what: 'a machine does not reach the database any more, and its node starts in vain',
    ...{ cause: 'network/database-from-node', node: 'node-2' },
    follows: ['nodes/heartbeat', 'nodes/service-running'],
    async inject(lab) {
      const mount = lab.disk('node-2', 'mnt/database');
      await rm(mount);
      await restart(lab);
      return async () => {
        await symlink(join(lab.home, 'database'), mount);
        await restart(lab);
      };
    },
  },
  {
    id: 'balancer-unreachable-from-node',
    what: 'a firewall keeps a machine from the load balancer',
    ...{ cause: 'network/balancer-from-node', node: 'node-2' },
    inject: (lab) => program(lab, 'node-2', 'bash', '#!/bin/sh\nexit 1\n'),
  },
  {
    id: 'proxy-on-one',
    what: 'a web proxy is set on one machine only',
    cause: 'network/same-proxy',
    async inject(lab) {
      const own = await readFile(lab.disk('node-2', 'bin/sh'), 'utf8');
      return await program(lab, 'node-2', 'sh', own.replace('exec ', 'https_proxy=http://proxy:3128 exec '));
    },
  },
  {
    id: 'service-under-another-name',
    what: 'there is no service of the name that is kept for a node',
    ...{ cause: 'nodes/service-running', node: 'node-2' },
    async inject(lab) {
      const set = (from: string, to: string) =>
        lab.execute(
          "UPDATE octo_ha.machine SET address = replace(address, ?, ?) WHERE node_id LIKE '%node-2'",
          `"${from}"`,
          `"${to}"`,
        );
      await set('octopus-server', 'octopus-blue');
      return () => set('octopus-blue', 'octopus-server');
    },
  },
  {
    id: 'access-denied-in-log',
    what: "a node's log says that it may not use a folder",
    ...{ cause: 'nodes/log', node: 'node-2' },
    async inject(lab) {
      const log = join(lab.home, 'logs/node-2.log');
      const { length } = await readFile(log);
      await appendFile(log, "Access to the path '/octopus/TaskLogs' is denied.\n");
      return () => truncate(log, length);
    },
  },
  {
    id: 'home-in-the-share',
    what: 'the home of a node is in the shared storage',
    ...{ cause: 'storage/home-apart', node: 'node-2' },
    inject: (lab) =>
      lab.rewrite(lab.disk('node-2', configuration), (text) =>
        text.replace('>/octopus<', `>${join(lab.home, 'share/Artifacts/home')}<`),
      ),
  },
  {
    id: 'one-does-not-listen-for-tentacles',
    what: 'one node does not listen for polling Tentacles, as the others do',
    cause: 'tentacles/all-listen',
    inject: (lab) => sockets(lab, { 'node-1': [listens], 'node-3': [listens] }),
  },
  {
    id: 'tentacle-polls-two-of-three',
    what: 'a Tentacle was never told of one of the nodes, and does not poll it',
    cause: 'tentacles/coverage',
    inject: (lab) =>
      sockets(lab, {
        'node-1': [listens, polledBy(5), polledBy(6)],
        'node-2': [listens, polledBy(5)],
        'node-3': [listens, polledBy(5), polledBy(6)],
      }),
  },
];
