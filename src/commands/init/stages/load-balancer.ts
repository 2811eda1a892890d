import { parseDuration } from '../../../cluster/duration.js';
import { nodeKey } from '../../../cluster/node.js';
import { settingNames } from '../../../cluster/setting-names.js';
import type { Answers } from '../../../configuration/answers.js';
import { Failure } from '../../../errors.js';
import { type BalancedNode, type BalancerProduct, timingByCounts } from '../../../load-balancer/balancer.js';
import { balancers } from '../../../load-balancer/index.js';
import { renderBalancer } from '../../../load-balancer/render.js';
import { healthOf, type SiteWishes } from '../../../load-balancer/site.js';
import { nodeAddressesOf } from '../../../setup/init/balanced-nodes.js';
import { keepSettings } from '../../../setup/init/settings.js';
import type { SetupStep } from '../../../setup/steps.js';
import type { Site, Stage } from '../site.js';
import { wantedNodes } from './nodes.js';

/** What the answers wish of a balancer. */
const wishesOf = ({ listen, certificate, checkInterval, fall, rise }: Answers): SiteWishes => ({
  ...{ listen, cert: certificate, fall, rise },
  interval: parseDuration(checkInterval ?? ''),
});

export const balancerStage: Stage = {
  title: 'Load balancer',
  async plan(site, signal) {
    const { answers, cluster } = site;
    const health = healthOf(wishesOf(answers));
    const product = balancers.get(answers.balancer ?? '');
    const { outAfter, inAfter } = product?.timing(health) ?? timingByCounts(health);
    const portal = answers.portal === 'none' ? undefined : answers.portal;
    const where = portal === undefined ? '' : ', and the address that it answers';
    const times = keepSettings(cluster, `keep with the cluster how long the balancer needs to notice a node${where}`, {
      [settingNames.balancerOutAfter]: String(outAfter),
      [settingNames.balancerInAfter]: String(inAfter),
      ...(portal === undefined ? {} : { [settingNames.portal]: portal }),
    });
    const lines = [
      `a node is out ${outAfter / 1_000} s after its first 418, and back ${inAfter / 1_000} s after its first 200`,
    ];
    if (product === undefined) return { lines, steps: [times] };
    const nodes = await balancedNodes(site, signal);
    return {
      lines: [`${product.title} in front of ${nodes.map(({ name }) => name).join(', ')}`, ...lines],
      steps: [writeConfiguration(site, product, nodes), times],
    };
  },
};

function writeConfiguration(
  { answers, context, name }: Site,
  product: BalancerProduct,
  nodes: readonly BalancedNode[],
): SetupStep {
  const { balancerFile = `octopus-${product.name}.cfg` } = answers;
  const file = context.configurationFile.absolute(balancerFile);
  const origin = `octo-ha init --step load-balancer --context ${name}`;
  const text = renderBalancer(product, nodes, wishesOf(answers), { origin });
  return {
    does: `write the configuration of ${product.title} to ${file}`,
    isDone: async () => (await (await context.ownFiles()).read(file)) === text,
    run: async () => (await context.ownFiles()).write(file, text),
  };
}

/** The nodes of the cluster, and those that the answers are about to make. */
async function balancedNodes({ cluster, answers }: Site, signal: AbortSignal): Promise<readonly BalancedNode[]> {
  const known = await nodeAddressesOf(cluster, signal);
  const planned = wantedNodes(answers).filter(
    ({ name }) => !known.some((node) => nodeKey(node.name) === nodeKey(name)),
  );
  const all = [...known, ...planned.map(({ name, url }) => ({ name, url }))];
  const nodes = all.flatMap(({ name, url }) => (url === undefined ? [] : [{ name, url }]));
  const without = all.filter(({ url }) => url === undefined).map(({ name }) => name);
  if (nodes.length > 0 && without.length === 0) return nodes;
  throw new Failure(
    'usage',
    nodes.length === 0
      ? 'there is no node to send requests to'
      : `the web address of ${without.join(', ')} is not known`,
    { hint: "Give the pattern of the nodes' addresses with --node-url, or each with: octo-ha node set NODE --url URL" },
  );
}
