import { type Line, readLine } from './command-line.js';
import type { Described } from './commands/command.js';
import { outputOf, tellFailure } from './tell-failure.js';

/**
 * Reads a command line by what the commands say of themselves, `table`. What they themselves are not needed for is
 * answered here: a mistake in its words, and help. Answers with what was read, or with the exit code.
 */
export async function front(table: readonly Described[], argv: readonly string[]): Promise<Line | number> {
  const registry = Object.fromEntries(table.map((command) => [command.name, async () => command]));
  const terminal = async () =>
    (await import('./adapters/terminal-output.js')).terminalOutput({
      color: !argv.includes('--no-color'),
      pager: !argv.includes('--no-pager'),
      absoluteTimes: false,
    });
  try {
    const line = await readLine(registry, argv);
    if (line.kind !== 'help') return line;
    await (await terminal()).page(line.text);
    return 0;
  } catch (error) {
    return tellFailure(error, await terminal(), { output: outputOf(argv, process.env), verbose: false });
  }
}
