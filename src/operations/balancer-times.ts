import { settingNames } from '../cluster/setting-names.js';
import type { BalancerTiming } from '../load-balancer/balancer.js';

const unknownBalancer = 60_000;

/** How long the load balancer needs to notice, as it is kept with the cluster; see `lb render`. */
export function balancerTimes(settings: ReadonlyMap<string, string>): BalancerTiming {
  const kept = (name: string) => {
    const value = Number(settings.get(name));
    return Number.isFinite(value) && value >= 0 && settings.has(name) ? value : unknownBalancer;
  };
  return { outAfter: kept(settingNames.balancerOutAfter), inAfter: kept(settingNames.balancerInAfter) };
}
