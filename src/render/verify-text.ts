import type { Report } from '../checks/report.js';
import { counted } from '../cluster/counted.js';
import type { Paint } from '../ports/terminal.js';
import type { Sent, Shares } from '../setup/verify-balancer.js';
import { doctorText } from './doctor/text.js';
import { table } from './table.js';
import { visible } from './visible.js';

export interface Verified {
  readonly url: string;
  readonly report: Report;
  readonly shares: Shares | undefined;
  readonly sent: Sent;
}

/** Who answered, every check, and what was sent to find out. */
export function verifyText({ url, report, shares, sent }: Verified, paint: Paint): string {
  const traffic = `${counted(sent.requests, 'request')} and ${counted(sent.connections, 'connection')}`;
  return [
    ...(shares === undefined ? [] : [sharesText(shares, paint), '']),
    doctorText(report, 'all', paint),
    paint.dim(`${traffic} were sent to ${visible(url)}`),
  ].join('\n');
}

function sharesText({ nodes, unnamed, asked }: Shares, paint: Paint): string {
  const part = (answers: number) => `${asked === 0 ? 0 : Math.round((100 * answers) / asked)}%`;
  const rows = nodes.map(({ name, state, answers }) => [
    visible(name),
    state ?? 'not registered',
    String(answers),
    part(answers),
  ]);
  const nobody = unnamed === 0 ? [] : [['no node', '', String(unnamed), part(unnamed)]];
  return table(['answers', 'state', `of ${counted(asked, 'ping')}`, 'share'], [...rows, ...nobody], paint);
}

export const verifyJson = ({ url, shares, sent }: Omit<Verified, 'report'>) => ({
  url,
  sent,
  pings: shares?.asked ?? 0,
  nodes: shares?.nodes.map((share) => ({ ...share })) ?? [],
  unnamed: shares?.unnamed ?? 0,
});
