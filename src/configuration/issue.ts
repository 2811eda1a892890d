/** What a schema finds wrong, as zod tells it. Its own words for it are in no language, so that they need not be loaded. */
export interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
  readonly values?: readonly unknown[];
  readonly expected?: string;
  readonly origin?: string;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly pattern?: string;
}

/** Of the alternatives of a union, what is wrong with the one that was meant, or else with the one that came furthest. */
export function deepest(issues: readonly Issue[]): Issue {
  const [issue] = issues;
  if (issue === undefined) return { path: [], message: 'is not valid' };
  const branches = (issue.errors ?? []).filter((branch) => branch.length > 0).map(ofBranch);
  const best = branches.toSorted(
    (a, b) => Number(isOtherKind(a)) - Number(isOtherKind(b)) || b.path.length - a.path.length,
  )[0];
  if (best === undefined) return issue;
  const path = [...issue.path, ...best.path];
  // Where none was meant, any of their words would have done.
  return isOtherKind(best)
    ? { ...best, path, values: branches.flatMap(({ values = [] }) => values) }
    : { ...best, path };
}

/** A word that has to be there in this alternative, and is not, tells that another one is meant. */
const isOtherKind = ({ code, values = [] }: Issue): boolean => code === 'invalid_value' && values.length === 1;

function ofBranch(issues: readonly Issue[]): Issue {
  const telling = issues.find(isOtherKind) ?? issues.find(({ code }) => code === 'unrecognized_keys');
  return telling ?? deepest(issues);
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section of its own',
  record: 'a section of its own',
};

/** In words for whoever writes the file. */
export function explain(issue: Issue, isThere: boolean): string {
  const { code, message, keys, values = [], expected = '', origin, minimum, maximum, pattern } = issue;
  if (keys) return `does not know ${keys.join(', ')}`;
  if (!isThere) return 'is missing';
  switch (code) {
    case 'invalid_type':
      return `must be ${kinds[expected] ?? expected}`;
    case 'invalid_value':
      return `must be ${values.join(' or ')}`;
    case 'too_small':
      return origin === 'number' ? `must be at least ${minimum}` : 'must not be empty';
    case 'too_big':
      return `must be at most ${maximum}${origin === 'number' ? '' : ' long'}`;
    case 'invalid_format':
      return `must match ${(pattern ?? '').replace(/^\/|\/\w*$/g, '').replaceAll('\\/', '/')}`;
    default:
      return message === 'Invalid input' ? 'is not as it must be' : message;
  }
}
