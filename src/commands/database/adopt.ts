import { Failure } from '../../errors.js';
import { adoptCluster, plannedAdoption } from '../../setup/adopt-cluster.js';
import { command } from '../command.js';
import { askConsent } from '../consent.js';
import { flag } from '../options.js';

export const databaseAdopt = command({
  name: 'database adopt',
  summary: "Give octo-ha's tables to a cluster that was moved, restored or copied",
  description:
    'After a restore, a move or a copy octo-ha refuses every change, because its tables know another cluster. Only you ' +
    'know which one this is. A copy forgets where the nodes are, the lease, the journal and the consent, so that it ' +
    'never drives the machines of the original.',
  args: [],
  options: {
    moved: flag('this is the same cluster, in another place'),
    clone: flag('this is a copy of another cluster'),
  },
  examples: [
    ['octo-ha database adopt --moved', 'After moving the database to another server.'],
    ['octo-ha database adopt --clone', 'In a test cluster that was made from a backup of production.'],
  ],
  async run({ moved, clone }, context) {
    const { terminal, signal, globals } = context;
    if (moved === clone) throw new Failure('usage', 'give --moved or --clone: only you know which it is');
    const how = moved ? 'moved' : 'clone';
    const cluster = await context.cluster();
    const { place, differs } = await plannedAdoption(cluster, signal);
    const json = { place, how, differs };
    if (differs.length === 0 && moved) return { json, text: `octo-ha's tables in ${place} know this cluster already` };
    const lines = [...differs, ...(clone ? ['addresses, lease, journal and consent are forgotten'] : [])];
    if (globals.dryRun)
      return { json: { dryRun: true, ...json }, text: [`would adopt ${place}:`, ...lines].join('\n') };
    terminal.say([`octo-ha's tables in ${place}:`, ...lines].join('\n'));
    await askConsent('severe', 'Give them to this cluster?', how, context);
    await adoptCluster(cluster, how, signal);
    return { json, text: `octo-ha's tables in ${place} belong to this cluster` };
  },
});
