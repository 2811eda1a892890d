/** What a flag takes: a value, or nothing. */
export type FlagKinds = Readonly<Record<string, 'value' | 'flag'>>;

/** Values by the flag's name as its command spells it; a flag without a value has an empty one. */
export type Flags = ReadonlyMap<string, string>;

/** Something that Octopus Server would refuse, in its words or ours. */
export class Complaint extends Error {
  override readonly name = 'Complaint';
}

/** What every command takes. */
export const commonFlags: FlagKinds = {
  instance: 'value',
  config: 'value',
  console: 'flag',
  noLogo: 'flag',
  noConsoleLogging: 'flag',
  skipDatabaseCompatibilityCheck: 'flag',
  skipDatabaseSchemaUpgradeCheck: 'flag',
};

/** Reads flags as Octopus Server does: `--name=value`, `--name value`, one dash or two, in any case of letters. */
export function parseFlags(argv: readonly string[], kinds: FlagKinds): Flags {
  const names = new Map(Object.keys(kinds).map((name) => [name.toLowerCase(), name]));
  const flags = new Map<string, string>();
  const left = [...argv];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const [, given = '', value] = /^--?([A-Za-z][A-Za-z-]*)(?:[=:](.*))?$/s.exec(word) ?? [];
    const name = names.get(given.toLowerCase());
    if (name === undefined) throw new Complaint(`Unrecognized command line arguments: ${word}`);
    if (kinds[name] === 'flag') flags.set(name, value ?? '');
    else {
      const text = value ?? left.shift();
      if (text === undefined) throw new Complaint(`Missing required value for option '--${name}'.`);
      flags.set(name, text);
    }
  }
  return flags;
}

export function wholeNumber(flags: Flags, name: string, otherwise: number): number {
  const text = flags.get(name) ?? String(otherwise);
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Complaint(`Could not convert string \`${text}' to type Int32 for option \`--${name}'.`);
}

export function truth(flags: Flags, name: string): boolean | undefined {
  const text = flags.get(name);
  if (text === undefined) return undefined;
  const value = { true: true, false: false }[text.toLowerCase()];
  if (value === undefined)
    throw new Complaint(`Could not convert string \`${text}' to type Boolean for option \`--${name}'.`);
  return value;
}
