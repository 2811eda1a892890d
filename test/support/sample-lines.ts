import type { Command } from '../../src/commands/command.js';
import { commands } from '../../src/commands/index.js';

/** A word for each argument, by its name; any other argument is a node. */
const samples: Readonly<Record<string, string>> = {
  operation: '20260301-100000-k7f3',
  condition: 'ready',
  context: 'prod',
  shell: 'bash',
  cap: '5',
  id: '7',
};

/** One command line for each command that there is, with what it must be given, and harmless. */
export async function sampleLines(): Promise<readonly { readonly name: string; readonly line: string }[]> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  return all.map((command) => ({ name: command.name, line: sampleLine(command) }));
}

function sampleLine({ name, args }: Command): string {
  const given = args.filter((arg) => !arg.startsWith('[')).map((arg) => samples[arg.replace('...', '')] ?? 'web-1');
  // A command that would change something only says so.
  return [name, ...given, '--dry-run', '--reason', 'test'].join(' ');
}
