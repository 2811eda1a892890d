import { Failure } from '../errors.js';

/**
 * Text for a comment that ends with its line. A backslash at the end would join the next line in some syntaxes, and a
 * brace before a dollar is replaced in a Caddyfile before anything is read.
 */
export const commentText = (text: string): string =>
  text
    .replace(/[^\x20-\x7e]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`)
    .replaceAll('{$', '{ $')
    .replace(/\\+$/, '');

/**
 * Names of nodes as words of lower-case letters, digits and `-` that begin with a letter. A word depends on its name
 * alone, so that one more node changes no other line. Rejects names that would become one.
 */
export function identifiers(names: readonly string[]): ReadonlyMap<string, string> {
  const words = new Map(names.map((name) => [name, identifier(name)]));
  const seen = new Map<string, string>();
  for (const [name, word] of words) {
    const other = seen.get(word);
    if (other !== undefined) {
      throw new Failure('usage', `the nodes ${JSON.stringify(other)} and ${JSON.stringify(name)} are too much alike`, {
        hint: 'In this configuration they would be one. Rename one of them.',
      });
    }
    seen.set(word, name);
  }
  return words;
}

function identifier(name: string): string {
  if (/^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$/.test(name) && name.length <= 30) return name.toLowerCase();
  const readable = name
    .replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, 16)
    .replace(/^-|-$/g, '')
    .toLowerCase();
  return ['node', readable, hash(name)].filter((part) => part !== '').join('-');
}

/** FNV-1a: short, the same everywhere, and told apart by `identifiers` where it is not enough. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value.toString(16).padStart(8, '0');
}

/** A string as JSON and YAML read it. Of checked words only, which are printable ASCII. */
export const doubleQuoted = (text: string): string => JSON.stringify(text);

/** A string of Terraform, where `${` and `%{` begin expressions. https://developer.hashicorp.com/terraform/language/expressions/strings */
export const terraformString = (text: string): string =>
  JSON.stringify(text).replaceAll('${', '$${').replaceAll('%{', '%%{');

/** Whole seconds, at least one, of products that know nothing shorter. */
export const seconds = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / 1_000));

/** Lines one level further in. */
export const indented = (lines: readonly string[], by = 4): readonly string[] =>
  lines.map((line) => (line === '' ? '' : `${' '.repeat(by)}${line}`));

export const clamped = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);
