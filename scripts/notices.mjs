import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The licences of the packages that are inside the bundle, with their texts. `metafile` is esbuild's account of it;
 * files that it read and of which nothing is left do not count.
 */
export async function notices(metafile, root) {
  const packages = await Promise.all(bundled(metafile).map((directory) => describe(join(root, directory))));
  // A package may be there twice; its version and text are then the same.
  const sections = new Map(packages.map(({ name, version, text }) => [`${name} ${version}`, text]));
  const order = [...sections.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  return [
    'octo-ha contains code of the packages below, each under its own licence.',
    ...order.map((title) => `${'-'.repeat(78)}\n${title}\n\n${sections.get(title)}`),
    '',
  ].join('\n\n');
}

/** The directories of the packages that are inside the bundle, as `metafile` has them. */
export function bundled(metafile) {
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0),
  );
  return [...new Set(used.flatMap((path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/) ?? []))];
}

async function describe(directory) {
  const { name, version, license, licenses, author } = JSON.parse(
    await readFile(join(directory, 'package.json'), 'utf8'),
  );
  // Older packages have a list of objects.
  const id = license ?? licenses?.map(({ type }) => type).join(' or ');
  if (!id) throw new Error(`${name} ${version} is bundled and its package.json names no licence`);
  const files = (await readdir(directory))
    .filter((file) => /^(licen[cs]e|copying|notice)([.-]|$)/i.test(file))
    .toSorted();
  const texts = await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')));
  const by = typeof author === 'string' ? author : author?.name;
  const missing = `Licence: ${id}${by ? `, by ${by}` : ''}. The package contains no text of it.`;
  return { name, version, text: texts.length === 0 ? missing : [`Licence: ${id}`, ...texts.map(tidy)].join('\n\n') };
}

const tidy = (text) =>
  text
    .replaceAll('\r\n', '\n')
    .replace(/[ \t]+$/gm, '')
    .trim();
