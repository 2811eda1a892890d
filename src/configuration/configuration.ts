import * as z from 'zod/mini';
import { api } from './api.js';
import { loadBalancer } from './load-balancer.js';
import { secretSource } from './secret-source.js';

const sqlite = z.strictObject({ engine: z.literal('sqlite'), directory: z.string().check(z.minLength(1)) });

const sqlServer = z.strictObject({
  engine: z._default(z.literal('sql-server'), 'sql-server'),
  /** As Octopus Server writes it, best without its password. */
  connection: z.string().check(z.minLength(1)),
  password: z.optional(secretSource),
  /** A file with the authorities, in PEM, that the server's certificate is checked against. */
  ca: z.optional(z.string()),
  /**
   * Where octo-ha's tables are made: in a database of their own, or among Octopus' tables, whose daily System Integrity
   * Check then fails on tables that it does not know.
   */
  placement: z._default(z.enum(['separate', 'octopus']), 'separate'),
  /** The separate database's name. */
  own: z._default(z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_$@# -]{0,126}$/)), 'OctopusHA'),
});

/** How this admin machine logs in to the nodes' machines. What is left out comes from the ssh configuration. */
const octopusServer = z.optional(z.string().check(z.minLength(1)));

const login = {
  user: z.optional(z.string().check(z.minLength(1))),
  port: z.optional(z.number().check(z.int(), z.minimum(1), z.maximum(65_535))),
  keyFiles: z.optional(z.array(z.string().check(z.minLength(1)))),
  /** Hosts to go through, the nearest first. */
  jumps: z.optional(z.array(z.string().check(z.minLength(1)))),
  /** Become root by sudo, which must not ask for a password. */
  sudo: z.optional(z.boolean()),
  password: z.optional(secretSource),
  passphrase: z.optional(secretSource),
  /** Where the program Octopus.Server is, other than where it is installed by default. */
  octopusServer,
};

/** For one machine by the node's name; goes before `ssh`, and before the address kept with the cluster. */
const machine = z.union([
  z.strictObject({ ...login, host: z.optional(z.string().check(z.minLength(1))) }),
  /** The node runs on this admin machine. */
  z.strictObject({ local: z.literal(true), sudo: z.optional(z.boolean()), octopusServer }),
]);

/** What doctor cannot find out by itself. */
const doctor = z.strictObject({
  /** Limits of octo-ha's own by name, as `--limit` takes them. */
  limits: z.optional(z.record(z.string(), z.union([z.string(), z.number()]))),
  /** The day on which somebody last saw to something, by its name. */
  declared: z.optional(z.record(z.string(), z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/)))),
  /** A file with findings that somebody lives with for a while. */
  suppressions: z.optional(z.string().check(z.minLength(1))),
  /** Folders of the shared storage as the nodes see them. */
  sharedFolders: z.optional(z.array(z.string().check(z.minLength(1)))),
  /** A path that a node takes long to answer: shows how long the load balancer waits. */
  slowPath: z.optional(z.string().check(z.regex(/^\//))),
});

/** The folder that all nodes share. */
const storage = z.strictObject({
  /** As this admin machine finds it. */
  folder: z.string().check(z.minLength(1)),
  /** Who logs in to the file server from here. */
  user: z.optional(z.string().check(z.minLength(1))),
  password: z.optional(secretSource),
  /** Of the account that Octopus Server runs under on Windows: what it sees there is looked at as that account. */
  servicePassword: z.optional(secretSource),
});

export const clusterContext = z.strictObject({
  database: z.union([sqlite, sqlServer]),
  api: z.optional(api),
  /** Where each node's own web address is, for the ping: `{name}` stands for the node's name. */
  nodeUrl: z.optional(z.string().check(z.regex(/^https?:\/\//))),
  /** The load balancer's web address. */
  balancerUrl: z.optional(z.string().check(z.regex(/^https?:\/\//))),
  storage: z.optional(storage),
  doctor: z.optional(doctor),
  /** A file with the authorities, in PEM, that the certificates of the nodes and of the API are checked against. */
  ca: z.optional(z.string()),
  ssh: z.optional(
    z.strictObject({
      ...login,
      /** An ssh configuration that is read instead of the person's own. */
      config: z.optional(z.string().check(z.minLength(1))),
    }),
  ),
  machines: z.optional(z.record(z.string(), machine)),
  lb: z.optional(loadBalancer),
});

export const configuration = z.strictObject({
  /** The context used when none is named. */
  current: z.optional(z.string()),
  contexts: z._default(z.record(z.string(), clusterContext), {}),
});

export type Configuration = z.infer<typeof configuration>;
export type MachineLogin = z.infer<typeof machine>;
export type ClusterContext = z.infer<typeof clusterContext>;

export const emptyConfiguration: Configuration = { contexts: {} };
