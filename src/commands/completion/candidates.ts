import { visible } from '../../render/visible.js';
import type { DescribedOption } from '../command.js';
import { longFlag } from '../long-flag.js';
import { optionsOf, type Place, placeOf, type Registry } from './words.js';

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Names that are looked up where they are needed; none where they are not known in time. */
export interface Names {
  nodes(): Promise<readonly Candidate[]>;
  operations(which: 'unfinished' | 'all'): Promise<readonly Candidate[]>;
  contexts(): Promise<readonly Candidate[]>;
  guards(): Promise<readonly Candidate[]>;
  /** Everything that `explain` knows. */
  explained(): Promise<readonly Candidate[]>;
}

/** What may stand where the cursor is; `files` leaves it to the shell. */
export async function candidates(
  registry: Registry,
  words: readonly string[],
  names: Names,
): Promise<readonly Candidate[] | 'files'> {
  const current = words.at(-1) ?? '';
  const place = await placeOf(registry, words.slice(0, -1), current);
  const prefix = place.kind === 'value' && /^-.*=/.test(current) ? current.slice(0, current.indexOf('=') + 1) : '';
  const found = await at(place, current, names);
  if (found === 'files') return prefix === '' ? 'files' : [];
  return found
    .map(({ value, description }) => ({ value: prefix + value, description: visible(description) }))
    .filter(({ value }) => isOffered(value) && value.toLowerCase().startsWith(current.toLowerCase()));
}

/** A name that could steer a terminal is not offered; it can still be typed. */
const isOffered = (value: string): boolean => value !== '' && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(value);

async function at(place: Place, current: string, names: Names): Promise<readonly Candidate[] | 'files'> {
  switch (place.kind) {
    case 'command':
      return place.next.map(({ word, description }) => ({ value: word, description }));
    case 'flag':
      return optionsOf(place.command).map(([key, { help }]) => ({
        value: longFlag(key),
        description: help.replace(/^\(--no-\w+\) /, ''),
      }));
    case 'value':
      return await values(place.key, place.option, names);
    case 'argument':
      return (await argument(place.name, place.command.name, current, names)).filter(
        ({ value }) => !place.given.includes(value) && !value.startsWith('-'),
      );
    case 'nothing':
      return [];
    default:
      return place satisfies never;
  }
}

async function values(key: string, option: DescribedOption, names: Names): Promise<readonly Candidate[] | 'files'> {
  const { value = '' } = option;
  if (/^[\w-]+(\|[\w-]+)+$/.test(value)) return value.split('|').map(plain);
  if (key === 'context') return await names.contexts();
  if (value === 'NODE' || key === 'confirm') return await names.nodes();
  if (value === 'GUARD') return await names.guards();
  return value === 'FILE' ? 'files' : [];
}

/** By what the argument is called in the command. */
async function argument(name: string, command: string, current: string, names: Names): Promise<readonly Candidate[]> {
  switch (name) {
    case 'node':
      return await names.nodes();
    case 'operation':
      return await names.operations(/ (show|watch)$/.test(command) ? 'all' : 'unfinished');
    case 'context':
      return await names.contexts();
    case 'id':
      return await names.explained();
    case 'shell':
      return ['bash', 'zsh', 'fish', 'powershell'].map(plain);
    case 'condition':
      return await conditions(current, names);
    default:
      return [];
  }
}

async function conditions(current: string, names: Names): Promise<readonly Candidate[]> {
  const [, condition] = /^(drained|running)=/.exec(current) ?? [];
  if (condition === undefined) return ['ready', 'drained=', 'running=', 'tasks-below='].map(plain);
  return (await names.nodes()).map(({ value, description }) => ({ value: `${condition}=${value}`, description }));
}

const plain = (value: string): Candidate => ({ value, description: '' });
