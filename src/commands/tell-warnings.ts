import type { Heard } from '../operations/guards/index.js';
import type { Terminal } from '../ports/terminal.js';

/** What the guards have to say without refusing; said also with `--quiet`. */
export function tellWarnings({ warnings }: Heard, terminal: Terminal): void {
  for (const warning of warnings) terminal.warn(`${terminal.err.yellow('warning:')} ${warning}`);
}
