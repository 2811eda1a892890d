import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type BuiltCli, builtCli, launcher } from '../support/built-cli.js';
import { labOf, pageScript, type ShellBlock, shellBlocks } from './blocks.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every page that is published. */
const paths = [
  ...(await readdir(root)).filter((name) => name.endsWith('.md')),
  ...(await readdir(join(root, 'docs'), { recursive: true }))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].toSorted();

interface Page {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly ShellBlock[];
}

const pages: readonly Page[] = await Promise.all(
  paths.map(async (path) => {
    const text = await readFile(join(root, path), 'utf8');
    return { path, text, blocks: shellBlocks(text) };
  }),
);

const noSh = process.platform === 'win32' && 'the blocks are written for sh';

describe('the pages', () => {
  test('say of few blocks that they cannot be run, each with its reason', async () => {
    const told = pages.flatMap(({ path, blocks }) =>
      blocks.flatMap(({ noRun, script }) =>
        noRun === undefined ? [] : [`${path}: ${noRun}: ${script.split('\n')[0]?.trim()}`],
      ),
    );
    const golden = fileURLToPath(new URL('../../test/documentation/no-run.golden.txt', import.meta.url));
    const text = `${[`${told.length} blocks are not run:`, ...told].join('\n')}\n`;
    if (process.env['UPDATE_GOLDEN']) await writeFile(golden, text);

    assert.equal(text, await readFile(golden, 'utf8').catch(() => ''));
    const lines = (isRun: boolean) =>
      pages
        .flatMap(({ blocks }) => blocks.filter(({ noRun }) => (noRun === undefined) === isRun))
        .flatMap(({ script }) => script.match(/^ *octo-ha /gm) ?? []).length;
    assert.ok(lines(true) > 10 * lines(false), `${lines(true)} lines are run, ${lines(false)} are not`);
  });

  test('name scripts of the package that are there', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const named = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/npm run ([\w-]+)/g)].map(([, name = '']) => ({ path, name })),
    );

    assert.ok(named.length > 0);
    assert.deepEqual(
      named.filter(({ name }) => !Object.hasOwn(scripts, name)),
      [],
    );
  });

  test('link to files and headings that are there', () => {
    const anchors = new Map(pages.map(({ path, text }) => [path, headings(text)]));
    const broken = pages.flatMap(({ path, text }) =>
      links(text).filter((link) => {
        const [file = '', heading] = link.split('#');
        const target = file === '' ? path : relative(root, resolve(root, dirname(path), file));
        if (heading !== undefined) return !anchors.get(target)?.has(heading);
        return !existsSync(join(root, target));
      }),
    );

    assert.deepEqual(broken, []);
  });
});

describe('what the pages tell to type', { skip: noSh, concurrency: 6 }, () => {
  let shims: string;

  before(async () => {
    shims = await mkdtemp(join(tmpdir(), 'octo-ha-pages-'));
    const shim = join(shims, 'octo-ha');
    await writeFile(shim, `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`);
    await chmod(shim, 0o755);
  });

  after(() => rm(shims, { recursive: true, force: true }));

  // The longest first.
  for (const { path, text, blocks } of pages.toSorted((a, b) => b.blocks.length - a.blocks.length)) {
    const script = blocks.filter(({ noRun }) => noRun === undefined);
    if (script.length === 0) continue;
    test(`${path} works over a lab, ${script.length} blocks`, async () => {
      await using cli = await builtCli();
      const lab = labOf(text);
      // Where the page brings its lab up itself, it is taken down with the test all the same.
      const up = lab === undefined ? undefined : await cli.run(lab);
      assert.equal(up?.code ?? 0, 0, up?.stderr);

      const { code, output } = await typedIn(cli, pageScript(script), shims);

      await cli.run('lab down');
      assert.equal(code, 0, `after ${/.*(@@ line \d+)[\s\S]*$/.exec(output)?.[1]}:\n${output.slice(-3_000)}`);
    });
  }
});

/** Runs a script where a person would be: in a directory of their own, with octo-ha on the PATH. */
async function typedIn(
  cli: BuiltCli,
  script: string,
  shims: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const cwd = dirname(cli.env['OCTO_HA_CONFIG'] ?? '');
  const env = { ...cli.env, ...(await standIns(cli)), PATH: `${shims}:${cli.env['PATH']}` };
  const child = spawn('sh', ['-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const code = await new Promise<number | null>((done, fail) => {
    child.on('error', fail);
    child.on('close', done);
  });
  return { code, output };
}

/** What pages leave to their reader: the last machine of the lab is the new node. */
async function standIns(cli: BuiltCli): Promise<Readonly<Record<string, string>>> {
  const answers = await readFile(join(cli.env['OCTO_HA_LAB_HOME'] ?? '', 'answers.yaml'), 'utf8').catch(() => '');
  const urls = [...answers.matchAll(/^ +url: (\S+)$/gm)].map(([, url]) => url ?? '');
  return { NEW_URL: urls.at(-1) ?? '', MASTER_KEY: join(cli.env['OCTO_HA_LAB_HOME'] ?? '', 'master-key') };
}

/** Targets of links within the repository. */
const links = (text: string): readonly string[] =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link ?? '').filter((link) => !/^[a-z]+:/.test(link));

/** As they are linked to on GitHub. */
const headings = (text: string): ReadonlySet<string> =>
  new Set(
    [...text.matchAll(/^#+ +(.*)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
