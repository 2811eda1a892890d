import type { Answers } from '../configuration/answers.js';
import type { Folder } from '../ports/folder.js';
import { labHealthCheck } from './intervals.js';
import { unitName } from './machine/disk.js';
import { type LabRecord, labPaths, nodeUrl } from './record.js';

/** What an administrator would answer to `octo-ha init` for the machines of a lab. */
export function labAnswers(home: Folder, { machines, balancer }: LabRecord): Answers {
  const share = home.pathOf(labPaths.share);
  const { interval, fall, rise } = labHealthCheck;
  const haproxy = balancer?.kind === 'haproxy';
  return {
    context: 'lab',
    ...{ storage: share, nodeStorage: share, foldersShared: true },
    nodes: machines.map((machine) => ({ host: machine.name, url: nodeUrl(machine), cap: machine.cap })),
    ...{ manager: 'systemd', service: unitName, masterKey: { file: home.pathOf(labPaths.masterKey) } },
    ...(haproxy
      ? {
          balancer: 'haproxy',
          listen: `127.0.0.1:${balancer.port}`,
          balancerFile: home.pathOf(`${labPaths.run}/octopus-haproxy.cfg`),
        }
      : { balancer: 'none' }),
    ...{ checkInterval: `${interval}ms`, fall, rise },
    portal: balancer === null ? 'none' : nodeUrl(balancer),
  };
}
