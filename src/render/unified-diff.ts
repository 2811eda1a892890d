const around = 3;

interface Edit {
  readonly kind: ' ' | '-' | '+';
  readonly line: string;
}

/** What turns one text into the other, as `diff -u` writes it; empty where they are the same. */
export function unifiedDiff(
  before: string,
  after: string,
  names: { readonly from: string; readonly to: string },
): string {
  if (before === after) return '';
  const edits = editsBetween(linesOf(before), linesOf(after));
  return [`--- ${names.from}`, `+++ ${names.to}`, ...hunks(edits)].join('\n');
}

/** Lines with the mark of one that does not end. */
function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  const last = lines.pop();
  return last === '' ? lines : [...lines, `${last}\n\\ No newline at end of file`];
}

/** The longest common subsequence, of what is left when equal ends are cut off. */
function editsBetween(a: readonly string[], b: readonly string[]): readonly Edit[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const same = (lines: readonly string[]): readonly Edit[] => lines.map((line) => ({ kind: ' ', line }));
  return [
    ...same(a.slice(0, start)),
    ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(a.slice(a.length - end)),
  ];
}

function middle(a: readonly string[], b: readonly string[]): readonly Edit[] {
  const common = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    const row = common[i];
    if (row === undefined) continue;
    for (let j = b.length - 1; j >= 0; j--) {
      row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      edits.push({ kind: ' ', line: a[i] ?? '' });
      i++;
      j++;
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      edits.push({ kind: '-', line: a[i++] ?? '' });
    } else {
      edits.push({ kind: '+', line: b[j++] ?? '' });
    }
  }
  return edits;
}

/** Changes with the lines around them; those that lie close together are one. */
function hunks(edits: readonly Edit[]): readonly string[] {
  const out: string[] = [];
  let before = 1;
  let after = 1;
  for (let i = 0; i < edits.length; ) {
    const first = edits.findIndex(({ kind }, at) => at >= i && kind !== ' ');
    if (first < 0) break;
    const from = Math.max(i, first - around);
    before += from - i;
    after += from - i;
    const to = endOf(edits, first);
    const hunk = edits.slice(from, to);
    const removed = hunk.filter(({ kind }) => kind !== '+').length;
    const added = hunk.filter(({ kind }) => kind !== '-').length;
    out.push(
      `@@ -${range(before, removed)} +${range(after, added)} @@`,
      ...hunk.map(({ kind, line }) => `${kind}${line}`),
    );
    before += removed;
    after += added;
    i = to;
  }
  return out;
}

/** Where the change that begins here has nothing but equal lines behind it. */
function endOf(edits: readonly Edit[], first: number): number {
  let last = first;
  for (let i = first; i < edits.length && i - last <= 2 * around; i++) if (edits[i]?.kind !== ' ') last = i;
  return Math.min(edits.length, last + around + 1);
}

/** An empty range names the line before it. */
const range = (start: number, count: number): string =>
  count === 1 ? String(start) : `${count === 0 ? start - 1 : start},${count}`;
