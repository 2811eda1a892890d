import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * Compiles test files, and what they import of src/ and test/, into `outdir`. All at once takes a fraction of a second;
 * compiling while loading (tsx) costs each file more than half a second, every time.
 */
export async function compileTests(files, { root, outdir }) {
  await build({
    absWorkingDir: root,
    entryPoints: files,
    outbase: root,
    outdir,
    bundle: true,
    packages: 'external',
    format: 'esm',
    splitting: true,
    platform: 'node',
    target: 'node20',
    keepNames: true,
    sourcemap: 'linked',
    plugins: [originalPlace],
    logLevel: 'warning',
  });
}

/** A test finds its goldens, and the program under test, from where its source is. */
const originalPlace = {
  name: 'original-place',
  setup({ initialOptions, onLoad }) {
    initialOptions.define = Object.fromEntries(
      ['url', 'filename', 'dirname'].map((name) => [`import.meta.${name}`, `original_${name}`]),
    );
    onLoad({ filter: /\.m?[jt]s$/ }, async ({ path }) => {
      const place = { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) };
      const constants = Object.entries(place).map(
        ([name, value]) => `const original_${name} = ${JSON.stringify(value)};`,
      );
      // In front of the first line, so that lines keep their numbers.
      const contents = `${constants.join(' ')}${await readFile(path, 'utf8')}`;
      return { contents, loader: path.endsWith('ts') ? 'ts' : 'js' };
    });
  },
};
