import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { detachedProcesses } from '../../src/adapters/detached-processes.js';
import { loopbackPorts } from '../../src/adapters/free-ports.js';
import { keepAliveHttp } from '../../src/adapters/keep-alive-http.js';
import { pingPath } from '../../src/load-balancer/balancer.js';
import { balancers } from '../../src/load-balancer/index.js';
import { renderBalancer } from '../../src/load-balancer/render.js';
import type { HttpRequest } from '../../src/ports/http.js';
import { balancerPrograms, missing } from '../support/balancer-programs.js';
import { eventually } from '../support/eventually.js';

const { signal } = new AbortController();
/** A git reference of Octopus, whose slashes are part of a name. */
const path = '/api/Spaces-1/projects/Projects-1/refs%2Fheads%2Fmain/process?take=1&text=a%20b%26c';

interface Upstream {
  readonly url: string;
  /** What it was asked, in the order of arrival. */
  readonly asked: string[];
  /** It takes every request and dies over it, pings left aside. */
  dying: boolean;
}

for (const program of balancerPrograms) {
  const product = balancers.get(program.name);
  assert.ok(product);

  describe(`${product.title} in front of a node that dies over what it is asked`, { skip: missing(program) }, () => {
    const ends: (() => unknown)[] = [];
    let one: Upstream;
    let two: Upstream;
    let url: string;

    async function upstream(name: string): Promise<Upstream> {
      const self: Upstream = { url: '', asked: [], dying: false };
      const server = createServer((request, response) => {
        if (request.url === pingPath) return void response.end();
        request.resume().on('end', () => {
          self.asked.push(`${request.method} ${request.url}`);
          if (self.dying) return void request.socket.destroy();
          response.setHeader('Octopus-Node', name);
          response.end(name);
        });
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      ends.push(() => server.close().closeAllConnections());
      return Object.assign(self, { url: `http://127.0.0.1:${(server.address() as { port: number }).port}` });
    }

    before(async () => {
      const folder = await mkdtemp(join(tmpdir(), `octo-ha-dying-${program.name}-`));
      ends.push(() => rm(folder, { recursive: true, force: true }));
      [one, two] = await Promise.all([upstream('web-1'), upstream('web-2')]);
      const [port = 0] = await loopbackPorts.free(1);
      url = `http://127.0.0.1:${port}`;
      const nodes = [one, two].map((node, i) => ({ name: `web-${i + 1}`, url: node.url }));
      const wishes = { listen: `127.0.0.1:${port}`, interval: 500 };
      const rendered = join(folder, 'rendered.conf');
      await writeFile(
        rendered,
        renderBalancer(product, nodes, wishes, { origin: 'a test', format: program.live?.format }),
      );
      const main = await (program.live ?? program).main(folder, rendered);
      const { pid, ended } = await detachedProcesses.start(
        { file: program.file ?? '', args: program.run(main) },
        join(folder, 'log'),
      );
      let runs = true;
      const over = ended.then(() => {
        runs = false;
      });
      ends.push(async () => {
        if (runs) process.kill(pid, 'SIGTERM');
        await over;
      });
      await bothAnswer();
    });
    after(async () => {
      for (const end of ends.toReversed()) await end();
    });

    async function bothAnswer(): Promise<void> {
      await using web = keepAliveHttp();
      const seen = new Set<string>();
      await eventually(async () => {
        seen.add((await web.send({ url, timeout: 5_000 }, signal)).body);
        assert.ok(seen.has('web-1') && seen.has('web-2'));
      });
    }

    /** Over a connection that is kept, until the dying node was asked and no longer counts on the answer. */
    async function untilItDied(request: Omit<HttpRequest, 'url' | 'timeout'>): Promise<readonly (number | string)[]> {
      await using web = keepAliveHttp();
      await bothAnswer();
      Object.assign(one, { asked: [] });
      Object.assign(two, { asked: [], dying: true });
      const answers: (number | string)[] = [];
      try {
        for (let i = 0; i < 10 || two.asked.length === 0; i++) {
          const target = `${url}${path}&i=${i}`;
          const answer = await web.send({ ...request, url: target, timeout: 10_000 }, signal).catch(String);
          answers.push(typeof answer === 'string' ? answer : answer.status);
        }
        return answers;
      } finally {
        two.dying = false;
      }
    }

    test('answers a GET from another node, which is asked for the same', { timeout: 60_000 }, async () => {
      const answers = await untilItDied({});

      assert.deepEqual(
        answers.filter((answer) => answer !== 200),
        [],
      );
      assert.deepEqual(
        one.asked.toSorted(),
        answers.map((_, i) => `GET ${path}&i=${i}`).toSorted(),
        'the node that lives got every one of them, letter by letter',
      );
    });

    test('sends no POST twice, and says that it failed', { timeout: 60_000 }, async () => {
      const answers = await untilItDied({ method: 'POST', body: 'x' });

      const asked = [...one.asked, ...two.asked];
      assert.equal(asked.length, new Set(asked).size, asked.join('\n'));
      assert.equal(answers.filter((answer) => answer !== 200).length, two.asked.length);
    });
  });
}
