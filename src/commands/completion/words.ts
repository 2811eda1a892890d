import type { Described, DescribedOption } from '../command.js';
import { globalOptions } from '../global-options.js';
import { longFlag } from '../long-flag.js';

export type Registry = Readonly<Record<string, () => Promise<Described>>>;

/** Where the cursor stands in a command line. */
export type Place =
  /** In a command's name: these words may come next. */
  | { readonly kind: 'command'; readonly next: readonly NextWord[] }
  | { readonly kind: 'flag'; readonly command: Described | undefined }
  | {
      readonly kind: 'value';
      readonly key: string;
      readonly option: DescribedOption;
      readonly command: Described | undefined;
    }
  | { readonly kind: 'argument'; readonly name: string; readonly given: readonly string[]; readonly command: Described }
  | { readonly kind: 'nothing' };

export interface NextWord {
  readonly word: string;
  readonly description: string;
}

/** Finds the place behind these whole words; `current` is what is typed there so far. */
export async function placeOf(registry: Registry, words: readonly string[], current: string): Promise<Place> {
  const named: string[] = [];
  const given: string[] = [];
  let command: Described | undefined;
  let pending: readonly [string, DescribedOption] | undefined;
  let onlyArguments = false;
  for (const word of words) {
    if (pending !== undefined) pending = undefined;
    else if (word === '--' && !onlyArguments) onlyArguments = true;
    else if (word.startsWith('-') && !onlyArguments) {
      const option = optionFor(word, command);
      pending = option !== undefined && option[1].kind !== 'flag' && !word.includes('=') ? option : undefined;
    } else if (command === undefined) {
      named.push(word);
      command = await registry[named.join(' ')]?.();
    } else given.push(word);
  }
  if (pending !== undefined) return { kind: 'value', key: pending[0], option: pending[1], command };
  if (current.startsWith('-') && !onlyArguments) {
    const option = current.includes('=') ? optionFor(current, command) : undefined;
    if (option === undefined) return { kind: 'flag', command };
    return option[1].kind === 'flag'
      ? { kind: 'nothing' }
      : { kind: 'value', key: option[0], option: option[1], command };
  }
  if (command === undefined) return { kind: 'command', next: await nextWords(registry, named) };
  const name = command.args[given.length] ?? (command.args.at(-1)?.includes('...') ? command.args.at(-1) : undefined);
  return name === undefined ? { kind: 'nothing' } : { kind: 'argument', name: bare(name), given, command };
}

/** All options that may stand there, by their keys. */
export const optionsOf = (command: Described | undefined): readonly (readonly [string, DescribedOption])[] =>
  Object.entries({ ...globalOptions, ...command?.options });

function optionFor(word: string, command: Described | undefined): readonly [string, DescribedOption] | undefined {
  const [flag] = word.split('=');
  return optionsOf(command).find(
    ([key, { short }]) => flag === longFlag(key) || (short !== undefined && flag === `-${short}`),
  );
}

async function nextWords(registry: Registry, named: readonly string[]): Promise<readonly NextWord[]> {
  const next = new Map<string, string>();
  for (const [name, load] of Object.entries(registry)) {
    const parts = name.split(' ');
    const word = parts[named.length];
    if (word === undefined || !named.every((one, i) => one === parts[i])) continue;
    const isWhole = parts.length === named.length + 1;
    next.set(word, isWhole ? (await load()).summary : (next.get(word) ?? `${[...named, word].join(' ')} …`));
  }
  return [...next].map(([word, description]) => ({ word, description }));
}

const bare = (argument: string): string => argument.replace(/^\[|\]$/g, '').replace(/\.\.\.$/, '');
