import * as z from 'zod/mini';
import { typedFlag } from '../cluster/typed-flag.js';

/** What the journal keeps of a node that is being made; what is not there is left out of the command. */
const asked = z.object({
  name: z.string(),
  address: z.object({
    host: z.string(),
    port: z.optional(z.number()),
    manager: z.string(),
    service: z.string(),
    instance: z.string(),
    hostKeys: z._default(z.array(z.string()), []),
  }),
  url: z.optional(z.string()),
  cap: z.number(),
  account: z.optional(z.string()),
  webListenPrefixes: z.optional(z.string()),
  commsListenPort: z.optional(z.number()),
});

/** The command that goes on with a node that is being made. No journal keeps its secrets: they are named once more. */
export function addAgain(request: Readonly<Record<string, unknown>>): string {
  const { name, address, url, cap, account, webListenPrefixes, commsListenPort } = asked.parse(request);
  const { host, port, manager, service, instance, hostKeys } = address;
  const flags = { name, port, manager, service, instance, url, cap, account, webListenPrefixes, commsListenPort };
  const given = Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [words(flag, value)]));
  const keys = hostKeys.map((key) => words('hostKey', key));
  // A container has its secrets already.
  const secrets = manager === 'docker' ? [] : ['--master-key PLACE'];
  return ['octo-ha node add', word(host), ...given, ...keys, ...secrets].join(' ');
}

const words = (flag: string, value: string | number): string => `${typedFlag(flag)} ${word(String(value))}`;

/** As a shell takes it for one word. */
const word = (text: string): string =>
  /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
