import { labHealthCheck, labTiming } from '../../lab/intervals.js';
import type { LabLook } from '../../lab/look.js';
import type { Paint } from '../../ports/terminal.js';
import { table } from '../../render/table.js';

const kinds = { haproxy: 'HAProxy', own: "the lab's own balancer" } as const;

export function labText({ home, nodes, balancer, api, intervals }: LabLook, paint: Paint): string {
  const state = (pid: number | null) => (pid === null ? paint.red('not running') : paint.green('running'));
  const number = (pid: number | null) => String(pid ?? '-');
  const rows = [
    ...nodes.map(({ name, url, pid }) => [name, url, number(pid), state(pid)]),
    ...(balancer
      ? [[kinds[balancer.kind], balancer.url, number(balancer.pid), state(balancer.pid)]]
      : [['no balancer', '-', '-', '-']]),
  ];
  return [
    paint.bold(`lab in ${home}`),
    '',
    table(['NODE', 'URL', 'PROCESS', 'STATE'], rows, paint.dim),
    '',
    `nodes     heartbeat every ${seconds(intervals.heartbeat)}, look at the queue every ${seconds(intervals.poll)},`,
    `          tasks of a lost node are cancelled after ${seconds(intervals.lostAfter)}`,
    `octo-ha   offline after ${seconds(labTiming.offlineAfter)}, settle window ${seconds(labTiming.settle)}`,
    ...(api ? [`api       ${api.url}/api, its key is in the file api-key there`] : []),
    `balancer  asks each ping every ${seconds(labHealthCheck.interval)}`,
  ].join('\n');
}

const seconds = (milliseconds: number): string => `${milliseconds / 1_000} s`;
