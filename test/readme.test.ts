import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { commands } from '../src/commands/index.js';
import { exitCodes } from '../src/errors.js';
import { diagram } from '../src/operations/diagram.js';
import { guards } from '../src/operations/guards/index.js';
import { lifecycle } from '../src/operations/lifecycle.js';

const file = (name: string) => readFile(fileURLToPath(new URL(`../${name}`, import.meta.url)), 'utf8');

describe('the README', async () => {
  const readme = await file('README.md');

  test('draws the lifecycle as the table has it', () => {
    const [, drawn] = /<!-- lifecycle -->\n```mermaid\n([\s\S]*?)\n```/.exec(readme) ?? [];

    assert.equal(drawn, diagram(lifecycle));
  });

  test('names every command', () => {
    const [, section = ''] = /## Commands\n([\s\S]*?)### Consent/.exec(readme) ?? [];
    for (const name of Object.keys(commands)) {
      const last = name.split(' ').at(-1) ?? name;
      assert.match(section, new RegExp(`\`(${name}|${last})\\b`), name);
    }
  });

  test('tells every exit code as the table has it', () => {
    for (const { code, meaning, changed } of Object.values(exitCodes)) {
      if (code > 128) continue;
      assert.ok(readme.includes(`| ${code} | ${meaning} | ${changed} |`), `${code}`);
    }
  });

  test('names every guard', () => {
    for (const { id } of guards) assert.match(readme, new RegExp(`\`${id}\``));
  });

  test('gives a reason for each package that is bundled or brought', async () => {
    const {
      dependencies = {},
      devDependencies,
      optionalDependencies,
      peerDependencies,
    } = JSON.parse(await file('package.json'));
    const tools =
      /^(@aws-cdk|@biomejs|@grpc|@kubernetes-models|@types\/|ajv|axe-core|esbuild|fast-check|knip|kubernetes-models|playwright-core|protobufjs|tsx|typescript)/;
    const [, section = ''] = /## Dependencies\n([\s\S]*?)\n## /.exec(readme) ?? [];
    for (const name of Object.keys({
      ...dependencies,
      ...devDependencies,
      ...optionalDependencies,
      ...peerDependencies,
    })) {
      if (!tools.test(name)) assert.ok(section.includes(name), name);
    }
  });
});
