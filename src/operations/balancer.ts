import { nearest } from '../cluster/nearest.js';
import { Failure } from '../errors.js';
import type { BalancedNode, BalancerFormat, BalancerProduct, BalancerTiming } from '../load-balancer/balancer.js';
import { balancers } from '../load-balancer/index.js';
import { originOf } from '../load-balancer/origin.js';
import { formatOf, renderBalancer } from '../load-balancer/render.js';
import { healthOf, type SiteWishes } from '../load-balancer/site.js';

/** The load balancer in front of the nodes, as this admin machine knows it. */
export interface Balancer {
  /** The product, as it is typed. */
  readonly type: string;
  readonly format?: string | undefined;
  readonly wishes: SiteWishes;
}

export interface Rendered {
  readonly product: BalancerProduct;
  readonly format: BalancerFormat;
  readonly text: string;
  readonly timing: BalancerTiming;
}

/** The text of its configuration for these nodes. */
export function renderFor({ type, format, wishes }: Balancer, nodes: readonly BalancedNode[]): Rendered {
  const product = productOf(type);
  const chosen = formatOf(product, format);
  const origin = originOf(product.name, product.formats.length > 1 ? chosen.name : undefined, wishes);
  return {
    product,
    format: chosen,
    timing: product.timing(healthOf(wishes)),
    text: renderBalancer(product, nodes, wishes, { format: chosen.name, origin }),
  };
}

export interface ExpectedTiming extends BalancerTiming {
  /** It sees by itself that a node drains, or is told; otherwise its requests go on until the node stops. */
  readonly noticed: boolean;
}

/** How long the balancer of the context takes. */
export function timingOf(
  balancer: Balancer & {
    readonly outAfter?: number | undefined;
    readonly inAfter?: number | undefined;
    readonly onChange?: unknown;
  },
): ExpectedTiming {
  const { noticesDrain, timing } = productOf(balancer.type);
  const { outAfter, inAfter } = timing(healthOf(balancer.wishes));
  return {
    outAfter: balancer.outAfter ?? outAfter,
    inAfter: balancer.inAfter ?? inAfter,
    noticed: noticesDrain || balancer.onChange !== undefined,
  };
}

function productOf(type: string): BalancerProduct {
  const product = balancers.get(type);
  if (product !== undefined) return product;
  const names = [...balancers.keys()];
  const near = nearest(type, names);
  throw new Failure('usage', `octo-ha renders nothing for ${JSON.stringify(type)}`, {
    hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `It does for: ${names.join(', ')}`,
  });
}
