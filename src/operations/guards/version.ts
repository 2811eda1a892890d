import { servesWeb } from '../../cluster/node.js';
import { allow, type Guard, names } from './guard.js';

/** All nodes run one version: https://octopus.com/docs/administration/high-availability */
export const version: Guard = {
  id: 'version',
  explain:
    'Nodes of different versions on one database break each other. A node whose version differs is not given tasks or ' +
    'started while others run: that is an upgrade, which is an outage of the whole cluster.',
  judge({ before, after, changing }) {
    const isComing = (id: string) => after.some((node) => node.id === id && !node.draining);
    const coming = changing.filter(({ id, draining }) => draining && isComing(id));
    const others = before.filter((node) => servesWeb(node) && !changing.some(({ id }) => id === node.id));
    const versions = [...new Set(others.flatMap((node) => node.version ?? []))];
    const odd = coming.filter(
      (node) => node.version !== null && versions.length > 0 && !versions.includes(node.version),
    );
    if (odd.length === 0) return allow;
    return {
      verdict: 'refuse',
      message: `${names(odd)} runs ${odd[0]?.version}, and the nodes in service run ${versions.join(', ')}`,
    };
  },
};
