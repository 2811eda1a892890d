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

/** The arguments of every process that has this text among them. */
export async function argumentsWith(text: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
  return all.filter((argv) => argv.includes(text));
}

/** Files below a directory that hold this text as it is, or in base64. */
export async function filesWith(directory: string, text: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const forms = [
    text,
    Buffer.from(text).toString('base64'),
    Buffer.from(`word:--masterKey=${text}`).toString('base64'),
  ];
  const found = files.map(async (file) => {
    const content = await readFile(file, 'latin1').catch(() => '');
    return forms.some((form) => content.includes(form)) ? [file] : [];
  });
  return (await Promise.all(found)).flat().toSorted();
}
