import assert from 'node:assert/strict';
import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { World } from '../support/world.js';

const cluster = () => World.create([{ name: 'web-1' }, { name: 'web-2', draining: true }, { name: 'ui-1', cap: 0 }]);

describe('lb render', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'octo-ha-lb-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('prints the configuration for the registered nodes, and the command that made it', async () => {
    await using world = await cluster();

    const { code, stdout, stderr } = await world.run(
      'lb render --type nginx --host octopus.example.com --grpc --fall 3',
    );

    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^# made by octo-ha: octo-ha lb render --type nginx --format nginx\.conf --host octopus\.example\.com --grpc --fall 3\n/,
    );
    assert.match(stdout, /server web-1\.test:80 max_fails=1 fail_timeout=5s; {2}# web-1/);
    assert.match(stdout, /server web-2\.test:80 max_fails=1 fail_timeout=5s down; {2}# web-2/);
    assert.match(stdout, /server ui-1\.test:8443/);
  });

  test('leaves out what is named, and nodes that serve something else', async () => {
    await using world = await cluster();

    assert.doesNotMatch((await world.run('lb render --type haproxy --without web-2')).stdout, /server web-2/);
    assert.doesNotMatch((await world.run('lb render --type haproxy --web-nodes task')).stdout, /server ui-1/);
    const polling = await world.run(
      'lb render --type haproxy --polling-ports web-1=10943 --polling-ports web-2=10944:10943',
    );
    assert.match(polling.stdout, /bind \*:10944\n(?:.|\n)*server web-2 web-2\.test:10943/);
    assert.match((await world.run('lb render --type haproxy --without web-9')).stderr, /there is no node web-9/);
  });

  test('refuses nodes whose address is not known, by name, and says how to tell it', async () => {
    await using world = await cluster();
    await world.execute([sql`UPDATE octo_ha.node SET url = NULL WHERE node_id <> 'OctopusServerNodes-web-1'`]);

    const { code, stderr } = await world.run('lb render --type haproxy');

    assert.equal(code, 2);
    assert.match(stderr, /the web address of ui-1, web-2 is not known/);
    assert.match(stderr, /nodeUrl: .*octo-ha node set ui-1 --url/);
    assert.equal((await world.run('lb render --type haproxy --without ui-1 --without web-2')).code, 0);
  });

  test('writes a file at once and only when it differs, keeping its rights and following a link', async () => {
    await using world = await cluster();
    const target = join(folder, 'octopus.cfg');
    const link = join(folder, 'enabled.cfg');
    await writeFile(target, 'old\n');
    await chmod(target, 0o640);
    await symlink(target, link);

    const first = await world.run(`lb render --type haproxy --file ${link}`);
    const { ino } = await stat(target);
    const second = await world.run(`lb render --type haproxy --file ${link}`);

    assert.equal(first.stdout, `wrote ${link}`);
    assert.match(first.stderr, /to use it: haproxy -c -f .* && systemctl reload haproxy/);
    assert.equal(second.stdout, `${link} is as it should be`);
    assert.match(await readFile(target, 'utf8'), /backend octopus_nodes/);
    assert.equal((await stat(target)).mode & 0o777, 0o640);
    assert.equal((await stat(target)).ino, ino);
    assert.ok((await lstat(link)).isSymbolicLink());
    assert.deepEqual((await readdir(folder)).toSorted(), ['enabled.cfg', 'octopus.cfg']);
  });

  test('shows what would change, with exit 4, and writes nothing', async () => {
    await using world = await cluster();
    const file = join(folder, 'diff.cfg');
    await world.run(`lb render --type haproxy --file ${file}`);
    const written = await readFile(file, 'utf8');

    const same = await world.run(`lb render --type haproxy --file ${file} --diff`);
    const other = await world.run(`lb render --type haproxy --file ${file} --diff --without ui-1`);
    const json = await world.run(`lb render --type haproxy --file ${file} --diff --without ui-1 --json`);

    assert.deepEqual([same.code, same.stdout], [0, `${file} is as it should be`]);
    assert.equal(other.code, 4);
    assert.match(other.stdout, /^--- .*diff\.cfg\n\+\+\+ rendered\n@@ .*\n/);
    assert.match(other.stdout, /\n- {4}server ui-1 ui-1\.test:80\n/);
    assert.equal(await readFile(file, 'utf8'), written);
    assert.match(JSON.parse(json.stdout).error.diff, /\n- {4}server ui-1/);
    assert.match((await world.run('lb render --type haproxy --diff')).stderr, /--diff needs a file/);
  });

  test('shows a file whose text would steer the terminal without letting it', async () => {
    await using world = await cluster();
    const file = join(folder, 'steering.cfg');
    await writeFile(file, 'a\tb\u001b[2Jc\n');

    assert.match((await world.run(`lb render --type haproxy --file ${file} --diff`)).stdout, /\n-a\tb·\[2Jc\n/);
  });

  test('writes nothing with --dry-run', async () => {
    await using world = await cluster();
    const file = join(folder, 'dry.cfg');

    const { stdout } = await world.run(`lb render --type haproxy --file ${file} --dry-run`);

    assert.equal(stdout, `would change ${file}`);
    assert.ok(!(await readdir(folder)).includes('dry.cfg'));
  });

  test('takes from the context what is not said', async () => {
    await using world = await cluster();
    const file = join(folder, 'context.conf');
    const balancer = { type: 'nginx', format: 'conf.d', file, wishes: { host: 'a.example.com', maxBody: 1024 ** 3 } };

    const { stdout } = await world.run('lb render', { balancer });
    const overridden = await world.run('lb render --host b.example.com', { balancer });
    const otherType = await world.run('lb render --type haproxy', { balancer });
    const diff = await world.run('lb render --diff', { balancer });

    assert.match(stdout, /--format conf\.d --host a\.example\.com --max-body 1073741824B\n/);
    assert.match(stdout, /client_max_body_size 1024m;/);
    assert.match(overridden.stdout, /server_name b\.example\.com;/);
    assert.doesNotMatch(otherType.stdout, /a\.example\.com/);
    assert.deepEqual([diff.code, diff.stdout.includes('+upstream octopus_nodes {')], [4, true]);
  });

  test('says which types and formats there are', async () => {
    await using world = await cluster();

    assert.match((await world.run('lb render')).stderr, /--type, or as lb\.type.*haproxy, nginx/);
    assert.match((await world.run('lb render --type haprxy')).stderr, /Did you mean haproxy/);
    assert.match((await world.run('lb render --type f5 --format yaml')).stderr, /There is: as3, tmsh/);
    assert.match((await world.run('lb render --type haproxy --max-body lots')).stderr, /lots is no size/);
    assert.match((await world.run('lb render --type f5')).stderr, /BIG-IP repeats a request only/);
  });
});
