import { formatDuration } from '../../cluster/duration.js';
import type { LoadResult } from '../../lab/load/load.js';

export function loadText({ lasted, through, web, tasks }: LoadResult): string {
  const counts = (of: Readonly<Record<string, number>>) =>
    Object.entries(of).map(([what, count]) => `${what} ${count}`);
  const times = [web.latency.p50, web.latency.p99].map((time) => (time === null ? '-' : `${time} ms`));
  return [
    `requests  ${web.sent} sent ${through === 'balancer' ? 'through the balancer' : 'to the nodes'} in ${formatDuration(lasted)}, ${web.ok} ok, ${web.failed} failed`,
    ...(web.failed > 0 ? [`failures  ${counts(web.reasons).join(', ')}`] : []),
    `latency   p50 ${times[0]}, p99 ${times[1]}`,
    `answers   ${counts(web.nodes).join(', ') || 'none'}`,
    `tasks     ${tasks.submitted} queued, ${tasks.started} started, ${tasks.finished} finished, ${tasks.lost.length} lost`,
    ...tasks.lost.map(({ id, state, why }) => `lost      ${id}: ${state}${why === null ? '' : `, ${why}`}`),
  ].join('\n');
}
