import { Failure } from '../../errors.js';

/** Where a SQL Server is. A port wins over an instance, as in SqlClient. */
export interface DataSource {
  readonly server: string;
  readonly port?: number;
  readonly instance?: string;
}

const local = new Set(['.', '(.)', '(local)']);

/** `tcp:host\instance,port`; everything but TCP is refused, because a cluster's database is on another machine. */
export function parseDataSource(text: string): DataSource {
  const refuse = (problem: string, hint = 'Write it as HOST, HOST,PORT or HOST\\INSTANCE') =>
    new Failure('usage', `Server=${text} ${problem}`, { hint });

  if (/^(np:|\\\\)/i.test(text)) throw refuse('is a named pipe; octo-ha connects over TCP');
  if (/^lpc:/i.test(text)) throw refuse('is shared memory; octo-ha connects over TCP');
  if (/^admin:/i.test(text)) throw refuse('is the dedicated administrator connection, which octo-ha leaves free');
  if (/^\(localdb\)/i.test(text)) {
    throw refuse('is LocalDB, which no other machine can reach', 'Octopus High Availability needs a SQL Server');
  }

  const [, place = '', port] = /^([^,]*)(?:,\s*(\d+)\s*)?$/.exec(text.replace(/^tcp:/i, '')) ?? [];
  const [, host = '', instance] = /^([^\\]+)(?:\\([^\\]+))?$/.exec(place.trim()) ?? [];
  if (host === '') throw refuse('does not name a server');
  if (port !== undefined && !(Number(port) > 0 && Number(port) < 65536)) throw refuse('has a port that does not exist');
  if (/^[^:]+:\d+$/.test(host)) throw refuse('separates the port by a colon', `Write it as ${host.replace(':', ',')}`);

  const server = local.has(host.trim().toLowerCase()) ? 'localhost' : host.trim().replace(/^\[(.*)\]$/, '$1');
  if (port !== undefined) return { server, port: Number(port) };
  const name = instance?.trim();
  return !name || name.toUpperCase() === 'MSSQLSERVER' ? { server } : { server, instance: name };
}

/** `host:port` or `host\instance`, for messages. */
export function addressOf({ server, port, instance }: DataSource): string {
  if (instance !== undefined) return `${server}\\${instance}`;
  return `${server.includes(':') ? `[${server}]` : server}:${port ?? 1433}`;
}
