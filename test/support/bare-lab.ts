import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuiltCli } from './built-cli.js';

/** Moments at which a command is killed, in milliseconds from its start; new ones for each run of the tests. */
export const moments = Array.from({ length: 10 }, () => Math.round(200 + Math.random() * 2_800));

/** A file of the lab. */
export const lab = (cli: BuiltCli, ...path: string[]) => join(cli.env['OCTO_HA_LAB_HOME'] ?? '', ...path);

/** The calls of Octopus Server on a machine that change it, each by its first word. */
export async function callsOn(cli: BuiltCli, machine: string): Promise<readonly string[]> {
  const text = await readFile(lab(cli, 'machines', machine, 'calls.ndjson'), 'utf8');
  const calls = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { program: string; argv: readonly string[] });
  const looks = ['version', 'list-instances'];
  return calls
    .filter(({ program, argv }) => program === 'Octopus.Server' && !looks.includes(argv[0] ?? ''))
    .map(({ argv }) => argv[0] ?? '');
}

/** `NAME STATE CAP` of each node. */
export async function nodesOf(cli: BuiltCli): Promise<readonly string[]> {
  const { stdout } = await cli.run('node list --json');
  const { nodes } = JSON.parse(stdout) as { nodes: { name: string; state: string; taskCap: number }[] };
  return nodes.map(({ name, state, taskCap }) => `${name} ${state} ${taskCap}`);
}

/** What makes a node of a machine, each called once. */
export const once = ['create-instance', 'database', 'node', 'service'];

/** A text as it is, and as it stands in JSON or anywhere in base64. */
export function formsOf(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  // What stands before it moves it by up to two bytes; what it shares a character with is left out.
  const moved = [0, 1, 2].map((before) => {
    const whole = Math.floor((before + bytes.length) / 3) * 4;
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return encoded.slice(Math.ceil((before * 8) / 6), whole);
  });
  return [text, JSON.stringify(text).slice(1, -1), ...moved];
}

/** Files below a directory that hold one of these texts. */
export async function filesWith(directory: string, texts: readonly string[]): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const forms = texts.map((text) => Buffer.from(text).toString('latin1'));
  const found = files.map(async (file) => {
    const content = await readFile(file, 'latin1').catch(() => '');
    return forms.some((form) => content.includes(form)) ? [file] : [];
  });
  return (await Promise.all(found)).flat().toSorted();
}
