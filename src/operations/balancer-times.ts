/** How long the load balancer needs to notice, in milliseconds; kept with the cluster, see `lb render`. */
export interface BalancerTimes {
  /** From a node's first 418 until nothing new is sent to it. */
  readonly outAfter: number;
  /** From a node's first 200 until it gets its share. */
  readonly inAfter: number;
}

const unknownBalancer = 60_000;

export function balancerTimes(settings: ReadonlyMap<string, string>): BalancerTimes {
  const kept = (name: string) => {
    const value = Number(settings.get(name));
    return Number.isFinite(value) && value >= 0 && settings.has(name) ? value : unknownBalancer;
  };
  return { outAfter: kept('lb.outAfter'), inAfter: kept('lb.inAfter') };
}
