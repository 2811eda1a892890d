/** What a node knows when it looks at the queue. */
export interface Share {
  readonly cap: number;
  readonly active: number;
  readonly draining: boolean;
}

export interface WholeCluster {
  /** Task caps of the nodes that take tasks. */
  readonly cap: number;
  readonly active: number;
  readonly pending: number;
}

/**
 * How many tasks a node takes now: none when it drains, at most its cap, and none once it is busier than the cluster
 * would be if every waiting task were running.
 * https://octopus.com/docs/administration/high-availability/how-high-availability-works
 */
export function tasksToTake({ cap, active, draining }: Share, cluster: WholeCluster): number {
  if (draining || cluster.cap === 0) return 0;
  const prospective = (cluster.active + cluster.pending) / cluster.cap;
  let taken = 0;
  while (active + taken < cap && taken < cluster.pending && (active + taken) / cap <= prospective) taken++;
  return taken;
}
