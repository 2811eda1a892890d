/** A fenced block of a page that is written for a shell. */
export interface ShellBlock {
  /** Of its first line, from 1. */
  readonly line: number;
  /** What a person would type. */
  readonly script: string;
  /** Why it cannot run here, where it says so. */
  readonly noRun: string | undefined;
}

const shells = new Set(['sh', 'bash', 'shell', 'console', 'powershell', 'pwsh', 'cmd']);

/** What a shell is meant to run, of a page in Markdown. ```` ```sh no-run WHY ```` marks what cannot run in a test. */
export function shellBlocks(page: string): readonly ShellBlock[] {
  const blocks: ShellBlock[] = [];
  const lines = page.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const [, fence = '', language = '', more = ''] = /^ *(`{3,})(\S*) *(.*)$/.exec(lines[at] ?? '') ?? [];
    if (fence === '') continue;
    const end = lines.findIndex((line, i) => i > at && line.trim() === fence);
    if (end === -1) throw new Error(`line ${at + 1}: the block has no end`);
    const inside = lines.slice(at + 1, end);
    if (shells.has(language)) {
      const [, why] = /^no-run(?: +(.*))?$/.exec(more) ?? [];
      if (more !== '' && !why) throw new Error(`line ${at + 1}: ${more} is not: no-run and why`);
      blocks.push({ line: at + 2, script: typed(language, inside), noRun: why });
    }
    at = end;
  }
  return blocks;
}

/** In a console what follows a prompt; what is printed is not typed. */
const typed = (language: string, lines: readonly string[]): string =>
  language === 'console'
    ? lines.flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : [])).join('\n')
    : lines.join('\n');

/** The command line of a lab that a page's blocks are run over, where it names one. */
export const labOf = (page: string): string | undefined => /^<!-- on: (lab up .*) -->$/m.exec(page)?.[1];

/**
 * All blocks as one script, as a person works through a page in one shell. A line that ends with `# exit N` must end so,
 * and every other one with 0.
 */
export function pageScript(blocks: readonly ShellBlock[]): string {
  const parts = blocks.flatMap(({ line, script }) => [`echo "@@ line ${line}" >&2`, withExits(script)]);
  return ['set -eu', ...parts].join('\n');
}

const withExits = (script: string): string =>
  script.replace(
    /^(.*?) *# exit (\d+)$/gm,
    (_, command: string, code: string) => `code=0; ${command} || code=$?; [ $code -eq ${code} ]`,
  );
