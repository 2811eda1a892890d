import { type Declared, declarations } from '../checks/declared.js';
import { type LimitName, type Limits, limitTable, ownLimits, parseLimit } from '../checks/limits.js';
import { tagNames } from '../checks/tags.js';
import { nearest } from '../cluster/nearest.js';
import type { ClusterContext } from '../configuration/configuration.js';
import type { WrittenSuppression } from '../configuration/suppressions.js';
import { Failure } from '../errors.js';
import type { Files } from '../ports/files.js';
import { endingOf, reportEndings } from '../render/doctor/formats.js';
import { levels } from '../render/doctor/text.js';
import type { Option } from './command.js';
import { choice, duration, flag, list, optionalChoice, text, whole } from './options.js';

export const suppressionsOption = text('FILE', 'findings that somebody lives with, with reason, owner and expires');

export const doctorOptions = {
  tag: optionalChoice(tagNames, 'the checks that answer this question, the likeliest cause first'),
  from: commaList('PLACE', 'look only from there: admin, or names of nodes; all is the default'),
  show: choice(levels, 'warn', 'tell these one by one: fail, warn, skip or all (default warn)'),
  failOn: choice(
    ['warn', 'fail', 'never'],
    'fail',
    'exit 4 from here on (default fail); what is not known counts as fail',
  ),
  require: commaList('ID', 'this check or subject must be judged: skipped, it fails; can be repeated'),
  wait: duration(undefined, 'look again at what is wrong for so long, until it is well'),
  probe: flag('also write, lock and read back files in the shared folder, and remove them'),
  list: flag('list the checks, and run none'),
  jobs: whole(128, { least: 1, most: 1_000 }, 'looks at the same time'),
  checkDeadline: duration('20s', 'for one check'),
  diff: flag('compare with the last run of the same selection'),
  fix: flag('apply remedies that are safe, each asked, each checked again'),
  suppressions: suppressionsOption,
  limit: list('NAME=VALUE', "another value for a limit of octo-ha's own; can be repeated"),
  report: reportOption(),
} as const;

function commaList(value: string, help: string): Option<readonly string[]> {
  return {
    ...list(value, help),
    parse: (raw) =>
      raw
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
  };
}

function reportOption(): Option<readonly string[]> {
  const endings = reportEndings.join(', ');
  return {
    ...list('FILE', `write the report too, as its name ends: ${endings}; can be repeated`),
    parse(raw) {
      if (endingOf(raw) !== undefined) return [raw];
      throw new Failure('usage', `${raw} ends in none of ${endings}`);
    },
  };
}

/** Octo-ha's own limits, with the context's and then the command line's in their place. */
export function limitsFrom(context: ClusterContext['doctor'], given: readonly string[]): Limits {
  const pairs = [
    ...Object.entries(context?.limits ?? {}).map(([name, value]) => [name, String(value), 'doctor.limits'] as const),
    ...given.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new Failure('usage', `--limit: ${pair} is not NAME=VALUE`);
      return [pair.slice(0, at), pair.slice(at + 1), '--limit'] as const;
    }),
  ];
  return { ...ownLimits, ...Object.fromEntries(pairs.map(([name, value, where]) => oneLimit(name, value, where))) };
}

function oneLimit(name: string, value: string, where: string): readonly [LimitName, number] {
  const names = Object.keys(limitTable) as LimitName[];
  const known = names.find((one) => one === name);
  if (known === undefined) {
    const near = nearest(name, names);
    throw new Failure('usage', `${where}: there is no limit ${name}`, {
      hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `The limits are: ${names.join(', ')}`,
    });
  }
  const parsed = parseLimit(known, value);
  if (parsed !== undefined) return [known, parsed];
  const { unit } = limitTable[known];
  throw new Failure('usage', `${where}: ${name} is a ${unit}, and ${value} is none`);
}

export function declaredFrom(context: ClusterContext['doctor']): Declared {
  const names: readonly string[] = declarations;
  return Object.fromEntries(
    Object.entries(context?.declared ?? {}).map(([name, day]) => {
      const at = new Date(`${day}T00:00:00Z`);
      if (!names.includes(name) || Number.isNaN(at.getTime())) {
        throw new Failure('usage', `doctor.declared.${name}: ${day} in the context is not understood`, {
          hint: `A day for one of: ${names.join(', ')}`,
        });
      }
      return [name, at];
    }),
  );
}

/** From the file that is given, else from the context's. */
export async function suppressionsFrom(
  context: ClusterContext['doctor'],
  given: string | undefined,
  files: Files,
): Promise<readonly WrittenSuppression[] | undefined> {
  const path = given ?? context?.suppressions;
  if (path === undefined) return undefined;
  const written = await files.read(path);
  const { parseSuppressions } = await import('../configuration/suppressions.js');
  return parseSuppressions(written, path);
}
