import { labHealthCheck, labTiming } from '../../lab/intervals.js';
import type { LabLook } from '../../lab/look.js';
import type { Paint } from '../../ports/terminal.js';
import { table } from '../../render/table.js';

const kinds = { haproxy: 'HAProxy', own: 'own balancer' } as const;

export function labText({ home, nodes, machines, ssh, balancer, api, intervals }: LabLook, paint: Paint): string {
  const state = (pid: number | null) => (pid === null ? paint.red('not running') : paint.green('running'));
  const number = (pid: number | null) => String(pid ?? '-');
  const rows = [
    ...machines.map(({ name, ssh: at, node: installed }) => {
      const node = nodes.find((one) => one.name === installed);
      if (node === undefined) return [name, '-', at, '-', paint.dim('without a node')];
      const called = node.name === name ? name : `${node.name} on ${name}`;
      return [called, node.url, at, number(node.pid), state(node.pid)];
    }),
    ...(balancer
      ? [[kinds[balancer.kind], balancer.url, '', number(balancer.pid), state(balancer.pid)]]
      : [['no balancer', '-', '', '-', '-']]),
    ['machines', '', '', number(ssh.pid), state(ssh.pid)],
  ];
  return [
    paint.bold(`lab in ${home}`),
    '',
    table(['NODE', 'URL', 'SSH', 'PROCESS', 'STATE'], rows, paint),
    '',
    `nodes     heartbeat every ${seconds(intervals.heartbeat)}, look at the queue every ${seconds(intervals.poll)},`,
    `          tasks of a lost node are cancelled after ${seconds(intervals.lostAfter)}`,
    `machines  a watchdog looks every ${seconds(intervals.watchdog)}, a node serves ${seconds(intervals.startDelay)} after its start,`,
    `          a reboot takes ${seconds(intervals.reboot)}; log in with:`,
    `          ssh -F ${shellWord(ssh.configuration)} ${machines[0]?.name} COMMAND`,
    `octo-ha   offline after ${seconds(labTiming.offlineAfter)}, settle window ${seconds(labTiming.settle)}`,
    ...(api ? [`api       ${api.url}/api, its key is in the file api-key there`] : []),
    `balancer  asks each ping every ${seconds(labHealthCheck.interval)}`,
  ].join('\n');
}

const shellWord = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

const seconds = (milliseconds: number): string => `${milliseconds / 1_000} s`;
