/** One simulated node as a process of its own: `node.js SETTINGS-FILE`. */
import { readFile } from 'node:fs/promises';
import { askedToEnd } from '../../adapters/ending-signal.js';
import { loopbackServers } from '../../adapters/http-servers.js';
import { localFolder } from '../../adapters/local-folder.js';
import { openSqlite } from '../../adapters/sqlite/session.js';
import { systemClock } from '../../adapters/system-clock.js';
import { sqlite } from '../../database/dialects/sqlite.js';
import { untilForgotten } from '../lab-life.js';
import { octopusNode } from '../node/octopus-node.js';
import { parseSettings } from '../node/settings.js';
import { octopusDatabase } from '../octopus-database.js';
import { labPaths } from '../record.js';

const clock = systemClock;
const settings = parseSettings(await readFile(process.argv[2] ?? '', 'utf8'));
const { name, lab, port, intervals } = settings;
const home = localFolder(settings.home);
const tell = (line: string) => void process.stdout.write(`${new Date(clock.now()).toISOString()} ${line}\n`);

const octopus = octopusDatabase(openSqlite({ directory: settings.database.directory, clock }), sqlite);
const node = octopusNode(settings, {
  octopus,
  share: localFolder(settings.share),
  clock,
  apiKey: () => home.read(labPaths.apiKey),
  tell,
});
const ending = askedToEnd();
const server = await loopbackServers.listen(port, node.answer);

tell(`${name} listens on port ${port}`);
// It answers 503 meanwhile, as a service does that has been started and does not serve yet.
await clock.sleep(intervals.startDelay, ending).catch(() => {});
if (ending.aborted) process.exit(0);
await node.start(ending);
const forgotten = untilForgotten(
  home,
  ({ id, machines }) => id === lab && machines.some((machine) => machine.port === port),
  clock,
  ending,
);
const living = node.live();
await forgotten;
if (ending.aborted) {
  tell(`${name} stops`);
  await node.stop(clock.within(5_000, new AbortController().signal)).catch((error: Error) => tell(error.message));
  await Promise.all([server.stop(), living]);
} else {
  // Its database is gone too: there is nobody to say goodbye to.
  tell(`${name} ends: its lab is gone`);
}
process.exit(0);
