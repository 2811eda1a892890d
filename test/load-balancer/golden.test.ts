import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { balancers } from '../../src/load-balancer/index.js';
import { renderBalancer } from '../../src/load-balancer/render.js';
import { everythingOf, plainNodes, secureNodes } from '../support/balanced-site.js';

const folder = fileURLToPath(new URL('./golden/', import.meta.url));
const updating = process.env['OCTO_HA_TEST_UPDATE'] !== undefined;
const written = new Set<string>();

async function matchesGolden(name: string, text: string): Promise<void> {
  written.add(name);
  if (updating) {
    await mkdir(folder, { recursive: true });
    await writeFile(`${folder}${name}`, text);
  }
  assert.equal(text, await readFile(`${folder}${name}`, 'utf8'));
}

describe('what is rendered', () => {
  for (const product of balancers.values()) {
    for (const format of product.formats) {
      const origin = `octo-ha lb render --type ${product.name} --format ${format.name}`;
      const name = `${product.name}.${format.name}`;

      test(`for ${product.name} as ${format.name} is what is kept, without any wish`, async () => {
        const text = renderBalancer(product, plainNodes, {}, { format: format.name, origin });

        await matchesGolden(`${name}.simple`, text);
      });

      test(`for ${product.name} as ${format.name} is what is kept, with every wish`, async () => {
        const wishes = everythingOf(product, format);

        await matchesGolden(
          `${name}.full`,
          renderBalancer(product, secureNodes, wishes, { format: format.name, origin }),
        );
      });

      if (!('pass-through' in { ...product.cannot, ...format.cannot })) {
        test(`for ${product.name} as ${format.name} is what is kept, with TLS passed through`, async () => {
          const text = renderBalancer(
            product,
            secureNodes,
            { passThrough: true, polling: true },
            { format: format.name, origin },
          );

          await matchesGolden(`${name}.pass-through`, text);
        });
      }
    }
  }

  test('is all that is kept', async () => {
    assert.deepEqual((await readdir(folder)).toSorted(), [...written].toSorted());
  });
});
