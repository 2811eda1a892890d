import * as z from 'zod/mini';

/** Where a secret comes from. The context file names the place; it does not hold the secret. */
const secretSource = z.union([
  z.strictObject({ env: z.string().check(z.minLength(1)) }),
  z.strictObject({ file: z.string().check(z.minLength(1)) }),
  z.strictObject({ command: z.array(z.string()).check(z.minLength(1)) }),
]);

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

const context = z.strictObject({
  database: z.union([sqlite, sqlServer]),
  /** Where each node's own web address is, for the ping: `{name}` stands for the node's name. */
  nodeUrl: z.optional(z.string().check(z.regex(/^https?:\/\//))),
  /** A file with the authorities, in PEM, that the nodes' certificates are checked against. */
  ca: z.optional(z.string()),
});

export const configuration = z.strictObject({
  /** The context used when none is named. */
  current: z.optional(z.string()),
  contexts: z._default(z.record(z.string(), context), {}),
});

export type Configuration = z.infer<typeof configuration>;
export type ClusterContext = z.infer<typeof context>;

export const emptyConfiguration: Configuration = { contexts: {} };
