import * as z from 'zod/mini';

/** Where a secret comes from. The context file names the place; it does not hold the secret. */
export const secretSource = z.union([
  z.strictObject({ env: z.string().check(z.minLength(1)) }),
  z.strictObject({ file: z.string().check(z.minLength(1)) }),
  z.strictObject({ command: z.array(z.string()).check(z.minLength(1)) }),
  /** An entry of the operating system's keyring. */
  z.strictObject({ keyring: z.string().check(z.minLength(1)) }),
  /** Typed each time. */
  z.strictObject({ prompt: z.literal(true) }),
]);
