/** The lab's own load balancer, where no other is installed: `balancer.js SETTINGS-FILE`. */
import { readFile } from 'node:fs/promises';
import { askedToEnd } from '../../adapters/ending-signal.js';
import { localFolder } from '../../adapters/local-folder.js';
import { nodeHttp } from '../../adapters/node-http.js';
import { nodeReverseProxy } from '../../adapters/reverse-proxy.js';
import { systemClock } from '../../adapters/system-clock.js';
import { keepChecking } from '../balancer/checks.js';
import { pool } from '../balancer/pool.js';
import { parseBalancerSettings } from '../balancer/settings.js';
import { labHealthCheck } from '../intervals.js';
import { untilForgotten } from '../lab-life.js';
import { type LabRecord, nodeUrl } from '../record.js';

const settings = parseBalancerSettings(await readFile(process.argv[2] ?? '', 'utf8'));
const { lab, port } = settings;
const servers = pool(labHealthCheck);
const ending = askedToEnd();
const server = await nodeReverseProxy.listen(port, servers);

void keepChecking(servers, { http: nodeHttp, clock: systemClock, health: labHealthCheck }, ending);
await untilForgotten(localFolder(settings.home), isOurs, systemClock, ending);
if (ending.aborted) await server.stop();
process.exit(0);

/** The machines are read from the record each time, so that one that is added gets requests too. */
function isOurs({ id, machines, balancer }: LabRecord): boolean {
  servers.setUrls(machines.map(nodeUrl));
  return id === lab && balancer?.kind === 'own' && balancer.port === port;
}
