import { formatDuration } from '../cluster/duration.js';
import { typedFlag } from '../cluster/typed-flag.js';
import type { SiteWishes } from './site.js';

/** Every wish that the command line knows, in the order of its help, so that two of them are told the same way. */
const told = [
  ...['host', 'listen', 'cert', 'key', 'passThrough', 'ca', 'backendName', 'hostHeader', 'maxBody', 'requestTimeout'],
  ...[
    'proxiesInFront',
    'polling',
    'pollingPorts',
    'grpc',
    'webNodes',
    'without',
    'targets',
    'interval',
    'fall',
    'rise',
  ],
  ...['checkTimeout', 'socket', 'manager'],
] as readonly (keyof SiteWishes)[];

const times: ReadonlySet<keyof SiteWishes> = new Set(['requestTimeout', 'interval', 'checkTimeout']);

/**
 * The command line that makes a configuration, for its header. It names neither a version nor a time: a new octo-ha that
 * renders the same changes no line.
 */
export function originOf(type: string, format: string | undefined, wishes: SiteWishes): string {
  const words = told.flatMap((key) => {
    const value = wishes[key];
    if (value === undefined || value === false) return [];
    const name = typedFlag(key);
    if (value === true) return [name];
    return [value].flat().map((one) => `${name} ${quoted(typeof one === 'number' ? amount(key, one) : one)}`);
  });
  return ['octo-ha lb render --type', type, ...(format === undefined ? [] : ['--format', format]), ...words].join(' ');
}

const amount = (key: keyof SiteWishes, value: number): string =>
  times.has(key) ? formatDuration(value).replaceAll(' ', '') : `${value}${key === 'maxBody' ? 'B' : ''}`;

/** As a POSIX shell takes it. */
const quoted = (text: string): string => (/^[\w./:@=,*+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
