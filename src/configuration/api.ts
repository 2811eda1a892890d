import * as z from 'zod/mini';
import { secretSource } from './secret-source.js';

/** Octopus' REST API: best the cluster's own address, behind its balancer. */
export const api = z.strictObject({
  /** With a virtual directory where there is one, and without a login: that is the key. */
  url: z.string().check(z.regex(/^https?:\/\/[^\s/?#@\\]+(\/[^\s?#\\]*)?$/)),
  key: secretSource,
  /** Changes of a node go this way, and not through the database. */
  prefer: z.optional(z.boolean()),
});
