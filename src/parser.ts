import { Command as Commander, CommanderError, Option as CommanderOption } from 'commander';
import type { Described } from './commands/command.js';
import { longFlag } from './commands/long-flag.js';

export interface Read {
  /** By the option's key; absent where it was not given. */
  readonly options: Readonly<Record<string, unknown>>;
  /** In the order of the command's arguments. */
  readonly positional: readonly unknown[];
}

/** What is wrong with the words of a command line, and what may have been meant. */
export interface Misread {
  readonly message: string;
  readonly hint: string | undefined;
}

/** Reads the words behind a command. Only its own options are registered. */
export function readWords(command: Described, options: Described['options'], words: readonly string[]): Read | Misread {
  const parser = parserFor(command, options);
  try {
    parser.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const [message = '', hint] = error.message.replace(/^error: /, '').split('\n');
    return { message, hint: hint?.replace(/^\((.*)\)$/, '$1') };
  }
  return { options: parser.opts(), positional: parser.processedArgs };
}

function parserFor(command: Described, options: Described['options']): Commander {
  const parser = new Commander(command.name)
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .helpOption(false)
    .allowExcessArguments(false)
    .option('-h, --help');
  for (const arg of command.args) parser.argument(arg.startsWith('[') ? arg : `<${arg}>`);
  for (const [key, option] of Object.entries(options)) {
    const value = option.kind === 'flag' ? '' : ` <${option.value ?? 'VALUE'}>`;
    const flags = `${option.short === undefined ? '' : `-${option.short}, `}${longFlag(key)}${value}`;
    const registered = new CommanderOption(flags);
    if (option.kind === 'list') registered.argParser((raw, earlier: string[] = []) => [...earlier, raw]);
    parser.addOption(registered);
  }
  return parser;
}
