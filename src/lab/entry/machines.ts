/** The machines of a lab, all in one process: `machines.js SETTINGS-FILE`. */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { detachedProcesses } from '../../adapters/detached-processes.js';
import { askedToEnd } from '../../adapters/ending-signal.js';
import { loopbackServers } from '../../adapters/http-servers.js';
import { localFolder } from '../../adapters/local-folder.js';
import { openSqlite } from '../../adapters/sqlite/session.js';
import { sshServers } from '../../adapters/ssh/ssh-server.js';
import { systemClock } from '../../adapters/system-clock.js';
import { sqlite } from '../../database/dialects/sqlite.js';
import { untilForgotten } from '../lab-life.js';
import { type Control, controlFile } from '../machine/control.js';
import { endCommands } from '../machine/left-commands.js';
import { labMachines } from '../machine/machines.js';
import { parseMachinesSettings } from '../machine/settings.js';
import { octopusDatabase } from '../octopus-database.js';
import { readRecord } from '../record.js';
import { sshFiles } from '../ssh-files.js';

const clock = systemClock;
const { home: directory, lab, node } = parseMachinesSettings(await readFile(process.argv[2] ?? '', 'utf8'));
const home = localFolder(directory);
const over = new AbortController();
const ending = askedToEnd();
ending.addEventListener('abort', () => over.abort(ending.reason));

const token = randomBytes(32).toString('base64url');
const machines = labMachines(
  {
    home,
    clock,
    processes: detachedProcesses,
    programs: { node },
    ssh: sshServers,
    // What is run on a machine is run here, for whoever has brought the lab up.
    environment: Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ''])),
    clientKey: (await home.read(sshFiles.publicKey)) ?? '',
    openDatabase: (path) => octopusDatabase(openSqlite({ directory: path, clock }), sqlite),
    newId: randomUUID,
    tell: (line) => void process.stdout.write(`${new Date(clock.now()).toISOString()} ${line}\n`),
  },
  token,
  over.signal,
);
const server = await loopbackServers.listen(0, machines.answer);
await home.write(controlFile, JSON.stringify({ port: server.port, token } satisfies Control));

const record = await readRecord(home);
const living = machines.live(record?.intervals.watchdog ?? 1_000);
await untilForgotten(home, ({ id }) => id === lab, clock, over.signal);
over.abort(new Error('the lab is gone'));
await living;
await machines.stop();
if (!ending.aborted) await endCommands({ home, processes: detachedProcesses, clock }, new AbortController().signal);
process.exit(0);
