import { parseDocument } from 'yaml';
import * as z from 'zod/mini';
import { Failure } from '../errors.js';

const text = z.string().check(z.minLength(1), z.maxLength(400));

const file = z.strictObject({
  suppressions: z.array(
    z.strictObject({
      check: text,
      node: z.optional(text),
      reason: text,
      owner: text,
      /** The last day on which it holds, in UTC. */
      expires: z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/)),
    }),
  ),
});

export interface WrittenSuppression {
  readonly check: string;
  readonly node?: string | undefined;
  readonly reason: string;
  readonly owner: string;
  /** The first moment after its last day. */
  readonly expires: Date;
}

/** Reads the text of a file of suppressions. What is wrong with it is told by entry and field. */
export function parseSuppressions(written: string, path: string): readonly WrittenSuppression[] {
  const invalid = (what: string) =>
    new Failure('usage', `${path}: ${what}`, {
      hint: 'Each entry under suppressions has check, reason, owner and expires (2027-01-31), and may have node.',
    });
  const document = parseDocument(written, { prettyErrors: false, schema: 'core' });
  const [broken] = document.errors;
  if (broken) throw invalid(broken.message);
  const parsed = file.safeParse(plain(document, invalid));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
  }
  return parsed.data.suppressions.map(({ expires, ...rest }, i) => {
    const last = Date.parse(`${expires}T00:00:00Z`);
    if (Number.isNaN(last)) throw invalid(`suppressions.${i}.expires: there is no day ${expires}`);
    return { ...rest, expires: new Date(last + 86_400_000) };
  });
}

function plain(document: ReturnType<typeof parseDocument>, invalid: (what: string) => Failure): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw invalid((error as Error).message);
  }
}
