import * as z from 'zod/mini';
import { Failure } from '../errors.js';
import { DatabaseError } from '../ports/database.js';

/** SQL Server's numbers; other servers that speak TDS tell the same by their words. */
const reasons: readonly {
  readonly numbers: readonly number[];
  readonly words: RegExp;
  failure(login: string, message: string): Failure;
}[] = [
  {
    // 297 and 300 are of views of the server, 916 of another database such as msdb.
    numbers: [229, 230, 262, 297, 300, 916],
    words: /permission (was )?denied|does not have permission/i,
    failure: (login, message) =>
      new Failure('unreachable', `${login || 'the login'} lacks a right on the database: ${message}`, {
        hint: `Print the grants for it with: octo-ha database script --role operator --login ${login || 'LOGIN'}`,
        details: { lastsUntilMended: true },
      }),
  },
  {
    numbers: [1205, 1222],
    words: /lock (request )?time.?out|deadlock/i,
    failure: (_login, message) =>
      new Failure('unreachable', `somebody else holds locks in the database: ${message}`, {
        hint: 'Nothing was changed. Try again in a moment.',
      }),
  },
  {
    numbers: [3906, 976, 978],
    words: /read-only/i,
    failure: (_login, message) =>
      new Failure('unreachable', `a replica that only reads answered: ${message}`, {
        hint: "Connect to the availability group's listener, and without ApplicationIntent=ReadOnly.",
      }),
  },
];

/** A server's refusal, or an answer of an unexpected form, in words for a person; everything else as it is. */
export function explained(error: unknown, login: string): unknown {
  if (error instanceof z.core.$ZodError) {
    const [issue] = error.issues;
    const where = issue?.path.join('.') ?? '';
    return new Failure(
      'failed',
      `the database holds a value that octo-ha does not understand: ${where} ${issue?.message ?? ''}`,
      {
        hint: 'Nothing was changed. Report it with the version of Octopus Server and the output of: octo-ha database test',
        cause: error,
      },
    );
  }
  if (!(error instanceof DatabaseError)) return error;
  const { number, message } = error;
  const known = reasons.find(
    ({ numbers, words }) => (number !== undefined && numbers.includes(number)) || words.test(message),
  );
  if (known !== undefined) return known.failure(login, message);
  return new Failure(
    'failed',
    `the database refused a statement: ${message}${number === undefined ? '' : ` (${number})`}`,
    {
      hint: 'It made no change.',
      cause: error,
    },
  );
}
