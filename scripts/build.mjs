/**
 * Bundles src/ into dist/: entry points, and chunks that are loaded on demand. Unbundled, the imports of one command
 * cost several times the start of Node itself; in a single file all drivers would be parsed for every command.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';
import { build } from 'esbuild';
import { notices } from './notices.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** Native, or a person's own choice: looked for at run time, where it may be missing. */
const external = ['cpu-features', 'libsql', 'msnodesqlv8', '@napi-rs/keyring'];

/** CommonJS packages inside an ES module still ask for these. */
const banner = `\
import { createRequire as octoHaCreateRequire } from 'node:module';
const require = octoHaCreateRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;`;

/**
 * tedious loads all of Azure's login library at once, a third of the cost of a connection, for logins that most
 * clusters do not use. It gets a stand-in that loads the real one at the first token.
 */
const lazyAzureIdentity = {
  name: 'lazy-azure-identity',
  setup({ onResolve }) {
    const standIn = join(root, 'src/adapters/sql-server/lazy-azure-identity.ts');
    onResolve({ filter: /^@azure\/identity$/ }, ({ importer }) =>
      /[\\/]node_modules[\\/]tedious[\\/]/.test(importer) ? { path: standIn } : undefined,
    );
  },
};

/**
 * An ES module that imports `node:process` has Node read every property of it at once, for which standard input is
 * opened and streams are loaded: twice what the rest of chalk costs. It gets the global object itself.
 */
const globalProcess = {
  name: 'global-process',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?process$/ }, () => ({ path: 'process', namespace: 'global' }));
    onLoad({ filter: /.*/, namespace: 'global' }, () => ({ contents: 'module.exports = process;' }));
  },
};

async function entryPoints() {
  const lab = await readdir(join(root, 'src/lab/entry')).catch(() => []);
  return [
    { in: 'src/main.ts', out: 'main' },
    { in: 'src/bare.ts', out: 'bare' },
    { in: 'src/complete.ts', out: 'complete' },
    { in: 'src/adapters/share/folder-process.ts', out: 'share/folder-process' },
    ...lab
      .filter((name) => name.endsWith('.ts'))
      .toSorted()
      .map((name) => ({ in: `src/lab/entry/${name}`, out: `lab/${basename(name, '.ts')}` }))
      .filter((entry) => !first.some((one) => one.in === entry.in)),
  ];
}

/** In one file each: a chunk costs more to find than to read, and these stand before everything else. */
const first = [
  { in: 'src/front.ts', out: 'front' },
  { in: 'src/lab/entry/machine-command.ts', out: 'lab/machine-command' },
];

async function bundle(outdir, entryPoints, splitting) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    bundle: true,
    format: 'esm',
    splitting,
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    minifyWhitespace: true,
    // Names are kept, so that the stack in a report of a bug can be read.
    minifyIdentifiers: false,
    legalComments: 'none',
    chunkNames: 'chunks/[name]-[hash]',
    loader: { '.node': 'empty' },
    external,
    banner: { js: banner },
    plugins: [lazyAzureIdentity, globalProcess],
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}

/** What is said without a command, as a terminal without colour and width gets it: it does not depend on who builds. */
async function keptTexts(outdir, version) {
  const main = pathToFileURL(join(outdir, 'main.js')).href;
  const script = `import { keptTexts } from ${JSON.stringify(main)}; process.stdout.write(JSON.stringify(await keptTexts(${JSON.stringify(version)})));`;
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env });
  const texts = JSON.parse(stdout);
  if (!texts.help || !texts.firstSteps) throw new Error('keptTexts() of src/main.ts gave no text');
  return texts;
}

async function contents(directory) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(paths.toSorted().map((path) => readFile(path, 'utf8')));
  return paths.toSorted().map((path, i) => [path.slice(directory.length), texts[i]]);
}

/**
 * Puts `fresh` in the place of dist in one step, however many builds end at once. What did not change is left alone:
 * a process that is running from dist may load further chunks.
 */
async function replaceDist(fresh) {
  const same = await Promise.all([contents(dist).catch(() => []), contents(fresh)]);
  if (isDeepStrictEqual(...same)) return;
  for (;;) {
    await rename(dist, `${fresh}.old`).catch(unless('ENOENT'));
    const blocked = await rename(fresh, dist).then(() => false, unless('ENOTEMPTY', 'EEXIST', 'EPERM'));
    await rm(`${fresh}.old`, { recursive: true, force: true });
    if (blocked === false) return;
  }
}

const unless =
  (...codes) =>
  (error) => {
    if (!codes.includes(error.code)) throw error;
  };

/** What a command says of itself. */
const plainly = ({ name, summary, description, args, options, examples }) => ({
  name,
  summary,
  description,
  args,
  examples,
  options: Object.fromEntries(
    Object.entries(options).map(([key, { kind, value, short, help, rule }]) => [
      key,
      { kind, value, short, help, rule },
    ]),
  ),
});

const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const fresh = await mkdtemp(join(root, 'dist.build-'));
try {
  // mkdtemp is for its owner only; a package installed for everybody is not.
  await chmod(fresh, 0o755);
  const parts = [await bundle(fresh, await entryPoints(), true), await bundle(fresh, first, false)];
  const metafile = {
    inputs: Object.assign({}, ...parts.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, ...parts.map(({ outputs }) => outputs)),
  };
  const exported = (file, values) => {
    const lines = Object.entries(values).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`);
    return writeFile(join(fresh, file), lines.join(''));
  };
  await exported('version.js', { version });
  const { table, ...texts } = await keptTexts(fresh, version);
  await exported('root-help.js', texts);
  await exported('commands.js', { table: table.map(plainly) });
  await writeFile(join(root, 'THIRD_PARTY_NOTICES'), await notices(metafile, root));
  // What each chunk is made of and loads, for the tests; not published.
  await writeFile(join(fresh, 'metafile.json'), JSON.stringify(metafile).replaceAll(`"${basename(fresh)}/`, '"dist/'));
  await replaceDist(fresh);
} finally {
  await rm(fresh, { recursive: true, force: true });
}
