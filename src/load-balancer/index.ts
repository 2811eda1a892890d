import type { BalancerProduct } from './balancer.js';
import { haproxy } from './haproxy.js';

/** Every product octo-ha renders for, by the name that is typed. A new one is a file and a line here. */
export const balancers: ReadonlyMap<string, BalancerProduct> = new Map([haproxy].map((one) => [one.name, one]));
