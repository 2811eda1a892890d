import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { BalancedNode } from '../../src/load-balancer/balancer.js';
import { balancers } from '../../src/load-balancer/index.js';
import { renderBalancer } from '../../src/load-balancer/render.js';
import type { SiteWishes } from '../../src/load-balancer/site.js';
import { everythingOf, plainNodes, secureNodes } from '../support/balanced-site.js';
import { balancerPrograms, certificateFolder, missing, testsConfiguration } from '../support/balancer-programs.js';

const names = [
  ...['a b', '#', '"', "'", '\\', 'a\\', '$HOME', '\u0024{HOME}', '{$HOME}', '%[src]', '%{x}', '\n', 'a\n}', '{', '}'],
  ...[';', '<IfModule>', '</Proxy>', '`', 'ü', '😀', '\u2028', '\u0085', 'x'.repeat(200), ':', '-f', 'ｗｅｂ', ''],
];
const nastyNodes: readonly BalancedNode[] = names.map((name, i) => ({ name, url: `http://10.0.0.${i + 1}:8080` }));

for (const program of balancerPrograms) {
  const product = balancers.get(program.name);
  assert.ok(product);

  describe(`${product.title} itself`, { skip: missing(program) }, () => {
    let folder: Awaited<ReturnType<typeof certificateFolder>>;
    before(async () => {
      folder = await certificateFolder();
    });
    after(() => folder[Symbol.asyncDispose]());

    const accepted = async (nodes: readonly BalancedNode[], wishes: SiteWishes): Promise<string | true> => {
      const files = { cert: 'octo ha.pem', key: 'octo ha.key', ca: 'octo ha.crt', socket: 'admin.sock' };
      const here = Object.fromEntries(
        Object.entries(files)
          .filter(([wish]) => wish in wishes)
          .map(([wish, file]) => [wish, join(folder.path, file)]),
      );
      const listen = 'listen' in wishes ? { listen: '127.0.0.1:9443' } : {};
      const text = renderBalancer(product, nodes, { ...wishes, ...here, ...listen }, { origin: names.join(' ') });
      const rendered = join(folder.path, 'rendered.conf');
      await writeFile(rendered, text);
      return testsConfiguration(program, await program.main(folder.path, rendered));
    };

    test('accepts what is rendered without any wish', async () => {
      assert.equal(await accepted(plainNodes, { listen: '8080' }), true);
    });

    test('accepts what is rendered with every wish', async () => {
      assert.equal(await accepted(secureNodes, everythingOf(product)), true);
    });

    if (!('pass-through' in product.cannot)) {
      test('accepts what is rendered with TLS passed through', async () => {
        assert.equal(await accepted(secureNodes, { passThrough: true, polling: true, grpc: true }), true);
      });
    }

    test('accepts any names of nodes', async () => {
      assert.equal(await accepted(nastyNodes, { listen: '8080' }), true);
    });

    test('refuses what is broken', async () => {
      const rendered = join(folder.path, 'broken.conf');
      await writeFile(rendered, 'octopus {\n');

      assert.notEqual(testsConfiguration(program, await program.main(folder.path, rendered)), true);
    });
  });
}
