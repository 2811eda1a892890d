/**
 * Prints what a release is made of, as CycloneDX: packages inside the bundle, and those that are installed beside it.
 * npm counts what is bundled as tools of its developers, because nobody installs them; so it is asked for everything,
 * and the rest is left out. Needs a build.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundled } from './notices.mjs';
import { npm } from './release/npm.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const json = async (path) => JSON.parse(await readFile(join(root, path), 'utf8'));

const { name } = await json('package.json');
const inside = await Promise.all(bundled(await json('dist/metafile.json')).map((path) => json(`${path}/package.json`)));
const ids = new Set(inside.map((manifest) => `${manifest.name}@${manifest.version}`));
const isTool = ({ properties = [] }) =>
  properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');

const bom = JSON.parse(npm(root, 'sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'));
const components = bom.components
  .filter((component) => ids.has(`${component.name}@${component.version}`) || !isTool(component))
  .map((component) =>
    ids.has(`${component.name}@${component.version}`)
      ? { ...component, scope: 'required', properties: [{ name: 'octo-ha:bundled', value: 'true' }] }
      : component,
  );
const missing = [...ids].filter((id) => !components.some((one) => `${one.name}@${one.version}` === id));
if (missing.length > 0) throw new Error(`not in package-lock.json: ${missing.join(', ')}`);

const own = bom.metadata.component;
const known = new Set([own['bom-ref'], ...components.map((component) => component['bom-ref'])]);
const dependencies = bom.dependencies
  .filter(({ ref }) => known.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => known.has(one)) }));
// npm takes the name of the directory.
const metadata = { ...bom.metadata, component: { ...own, name } };
process.stdout.write(`${JSON.stringify({ ...bom, metadata, components, dependencies }, null, 2)}\n`);
