import * as z from 'zod/mini';
import { parseDuration } from '../cluster/duration.js';
import { parseSize } from '../cluster/size.js';

const text = z.string().check(z.minLength(1));
const words = z.array(text).check(z.minLength(1));
const count = z.number().check(z.int(), z.minimum(1), z.maximum(100));

const parsed = (parse: (text: string) => number | undefined, example: string) =>
  z.pipe(
    z.string().check(z.refine((value) => (parse(value) ?? 0) > 0, { error: `is written like ${example}` })),
    z.transform((value: string) => parse(value) ?? 0),
  );
const duration = parsed(parseDuration, '20m');
const size = parsed(parseSize, '5GB');

/** What is done when a node drains or comes back, on this admin machine. */
const onChange = z.union([
  /** Writes the file, tests it, keeps the old one where the test fails, and loads it. */
  z.strictObject({ file: text, test: z.optional(words), reload: words }),
  /** HAProxy's runtime API. */
  z.strictObject({ haproxySocket: text, backend: z.optional(text) }),
  /** Apache's balancer-manager. */
  z.strictObject({
    balancerManager: z.string().check(z.regex(/^https?:\/\//)),
    balancer: z.optional(text),
  }),
]);

/** The load balancer in front of the nodes: what `octo-ha lb render` takes as options, under the same names. */
export const loadBalancer = z.strictObject({
  type: text,
  format: z.optional(text),
  /** Where its configuration is. */
  file: z.optional(text),
  host: z.optional(text),
  listen: z.optional(text),
  cert: z.optional(text),
  key: z.optional(text),
  passThrough: z.optional(z.boolean()),
  ca: z.optional(text),
  backendName: z.optional(text),
  hostHeader: z.optional(text),
  maxBody: z.optional(size),
  requestTimeout: z.optional(duration),
  proxiesInFront: z.optional(z.array(text)),
  polling: z.optional(z.boolean()),
  pollingPorts: z.optional(z.array(text)),
  grpc: z.optional(z.boolean()),
  webNodes: z.optional(z.enum(['all', 'task', 'ui-only'])),
  without: z.optional(z.array(text)),
  targets: z.optional(z.array(text)),
  interval: z.optional(duration),
  fall: z.optional(count),
  rise: z.optional(count),
  checkTimeout: z.optional(duration),
  socket: z.optional(text),
  manager: z.optional(z.boolean()),
  onChange: z.optional(onChange),
  /** From a node's first 418 until it gets no more requests; known for what octo-ha renders. */
  outAfter: z.optional(duration),
  /** From a node's first 200 until it gets requests again. */
  inAfter: z.optional(duration),
});
