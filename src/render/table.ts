import Table from 'cli-table3';
import type { Paint } from '../ports/terminal.js';

const noBorders = Object.fromEntries(
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid middle'
    .split(' ')
    .map((part) => [part, '']),
);

/** No column is made narrower than this, or than its head. */
const narrowest = 8;

const plain: Pick<Paint, 'dim' | 'columns'> = { dim: (text) => text };

/**
 * Rows in columns, two spaces apart, the head, where there is one, dimmed. Wide characters count as they are shown. At
 * a terminal that is too narrow the longest cells are shortened; in a pipe none is.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { dim, columns: room }: Pick<Paint, 'dim' | 'columns'> = plain,
): string {
  const all = head.length === 0 ? rows : [head.map((cell) => dim(cell)), ...rows];
  const shown = room === undefined ? all : shortened(all, fitted(widthsOf(all), head, room));
  return linesOf(shown, '  ')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** By cell: a wide character that is cut off leaves a cell a column short, which is padded in the table only. */
const shortened = (rows: readonly (readonly string[])[], widths: readonly number[]) =>
  widths.length === 0 ? rows : rows.map((row) => row.map((cell, i) => shortenedCell(cell, widths[i] ?? 0)));

function shortenedCell(cell: string, width: number): string {
  // No character is wider than two columns.
  if (cell.length * 2 <= width) return cell;
  const [line = ''] = linesOf([[cell]], '', [width]);
  return line.replace(loneSurrogate, '').trimEnd();
}

/** Where a character of two units was cut through. */
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])/g;

function linesOf(
  rows: readonly (readonly string[])[],
  gap: string,
  colWidths: readonly number[] = [],
): readonly string[] {
  const columns = new Table({
    chars: { ...noBorders, middle: gap },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: [...colWidths],
  });
  columns.push(...rows.map((row) => [...row]));
  return columns.toString().split('\n');
}

/** The width of each column as it is shown: a row without text is padded to it. */
function widthsOf(rows: readonly (readonly string[])[]): readonly number[] {
  const empty = rows[0]?.map(() => '') ?? [];
  const padded = linesOf([...rows, empty], '|').at(-1) ?? '';
  return padded.split('|').map((cell) => cell.length);
}

/** Takes from the widest columns until the row fits; nothing where all of it fits. */
function fitted(widths: readonly number[], head: readonly string[], room: number): readonly number[] {
  const left = [...widths];
  const least = left.map((width, i) => Math.min(width, Math.max(narrowest, head[i]?.length ?? 0)));
  const gaps = 2 * Math.max(0, left.length - 1);
  let over = left.reduce((sum, width) => sum + width, gaps) - room;
  if (over <= 0) return [];
  for (; over > 0; over--) {
    const shrinkable = left.map((width, i) => (width > (least[i] ?? 0) ? width : 0));
    const widest = Math.max(...shrinkable);
    if (widest === 0) break;
    const at = shrinkable.lastIndexOf(widest);
    left[at] = widest - 1;
  }
  return left;
}
