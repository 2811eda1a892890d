import { stringify } from 'yaml';
import * as z from 'zod/mini';
import { readYaml } from './read-yaml.js';
import { secretSource } from './secret-source.js';

const word = z.string().check(z.minLength(1));
const port = z.number().check(z.int(), z.minimum(1), z.maximum(65_535));
const cap = z.number().check(z.int(), z.minimum(0), z.maximum(50));
const manager = z.enum(['windows', 'systemd', 'docker']);
const span = z.string().check(z.regex(/^(\d+(\.\d+)?(ms|s|m|h))+$/));
const times = z.number().check(z.int(), z.minimum(1), z.maximum(100));

/** A machine; what is left out is as it is for all of them. */
const node = z.strictObject({
  host: word,
  /** Of the node, where it is not that of the host. */
  name: z.optional(word),
  /** The node's own web address. */
  url: z.optional(z.string().check(z.regex(/^https?:\/\//))),
  port: z.optional(port),
  manager: z.optional(manager),
  service: z.optional(word),
  instance: z.optional(word),
  cap: z.optional(cap),
  hostKeys: z.optional(z.array(z.string().check(z.regex(/^[a-z0-9@.-]+ SHA256:[A-Za-z0-9+/]{43}$/)))),
});

/** Everything that `init` asks. It names where secrets are, and holds none. */
export const answers = z.strictObject({
  /** What the cluster is called on this machine. */
  context: z.optional(word),

  /** As Octopus Server uses it, without its password. */
  connection: z.optional(word),
  password: z.optional(secretSource),
  ca: z.optional(word),
  placement: z.optional(z.enum(['separate', 'octopus'])),
  own: z.optional(word),
  /** The database of Octopus Server is made where it is missing; on a SQL Server only. */
  createDatabase: z.optional(z.boolean()),

  /** The shared folder as this machine reaches it. */
  storage: z.optional(word),
  storageUser: z.optional(word),
  storagePassword: z.optional(secretSource),
  /** The same folder as the nodes know it, where that is another path. */
  nodeStorage: z.optional(word),
  /** The paths in Octopus' database lead to the shared folder, also where they look local. */
  foldersShared: z.optional(z.boolean()),

  nodes: z.optional(z.array(node)),
  /** Pattern of the nodes' own web addresses; `{name}` stands for the name. */
  nodeUrl: z.optional(z.string().check(z.regex(/^https?:\/\//))),
  manager: z.optional(manager),
  service: z.optional(word),
  instance: z.optional(word),
  cap: z.optional(cap),
  masterKey: z.optional(secretSource),
  /** The connection string as the nodes use it, where it is another one than octo-ha's. */
  nodeConnection: z.optional(word),
  nodePassword: z.optional(secretSource),
  account: z.optional(word),
  accountPassword: z.optional(secretSource),
  webListenPrefixes: z.optional(word),
  commsListenPort: z.optional(port),

  /** The product in front of the nodes; `none` where somebody else looks after it. */
  balancer: z.optional(word),
  listen: z.optional(z.string().check(z.regex(/^\S+:\d{1,5}$/))),
  certificate: z.optional(word),
  balancerFile: z.optional(word),
  checkInterval: z.optional(span),
  fall: z.optional(times),
  rise: z.optional(times),

  /** The web address that people type, which leads to the balancer; `none` where it is not to be tried. */
  portal: z.optional(z.string().check(z.regex(/^(https?:\/\/|none$)/))),
});

export type Answers = z.infer<typeof answers>;
export type NodeAnswer = z.infer<typeof node>;

export const parseAnswers = (text: string, path: string): Answers =>
  readYaml(answers, text, path, 'Correct the file; its schema is schemas/answers.schema.json of octo-ha.').value ?? {};

/** As a file that a person may read and edit, in the order in which they are asked. */
export function answersText(given: Answers): string {
  const order = Object.keys(answers.shape) as (keyof Answers)[];
  const ordered = order.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]] as const]));
  const text = stringify(JSON.parse(JSON.stringify(Object.fromEntries(ordered))));
  return `# Answers to octo-ha init. Secrets stand elsewhere; only where they are is written here.\n${text}`;
}
