import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly properties?: readonly { readonly name: string }[];
}

describe('the SBOM', async () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/sbom.mjs'], {
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  assert.equal(status, 0, stderr);
  const bom = JSON.parse(stdout) as {
    readonly bomFormat: string;
    readonly metadata: { readonly component: Component };
    readonly components: readonly Component[];
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  };
  const bundled = bom.components.filter(({ properties = [] }) => properties.some((p) => p.name === 'octo-ha:bundled'));

  test('is of octo-ha, in CycloneDX', () => {
    assert.equal(bom.bomFormat, 'CycloneDX');
    assert.match(bom.metadata.component.purl, /^pkg:npm\/octo-ha@/);
    assert.equal(bom.metadata.component.name, 'octo-ha');
  });

  test('lists what THIRD_PARTY_NOTICES has the licences of', async () => {
    const notices = await readFile('THIRD_PARTY_NOTICES', 'utf8');
    const titles = [...notices.matchAll(/^-{78}\n(\S+) (\S+)$/gm)].map(([, name, version]) => `${name} ${version}`);

    assert.deepEqual(
      [...new Set(bundled.map(({ name, version }) => `${name} ${version}`))].toSorted(),
      titles.toSorted(),
    );
  });

  test('lists what is installed beside the bundle, and no tool of the developers', async () => {
    const { optionalDependencies } = JSON.parse(await readFile('package.json', 'utf8'));
    const names = new Set(bom.components.map(({ name }) => name));

    for (const name of Object.keys(optionalDependencies)) assert.ok(names.has(name), name);
    for (const name of ['typescript', 'esbuild', '@biomejs/biome', 'fast-check', 'tsx'])
      assert.ok(!names.has(name), name);
  });

  test('refers to nothing that it does not list', () => {
    const refs = new Set(bom.dependencies.map(({ ref }) => ref));
    const strays = bom.dependencies.flatMap(({ dependsOn }) => dependsOn.filter((ref) => !refs.has(ref)));

    assert.deepEqual(strays, []);
  });
});
