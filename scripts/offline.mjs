/**
 * Makes an archive of octo-ha for a machine without internet and without Node: the program, the native packages of this
 * platform as package-lock.json has them, and the Node that runs this script. `npm run offline -- DIRECTORY`
 */
import { spawnSync } from 'node:child_process';
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from './release/npm.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const onWindows = process.platform === 'win32';

const posixLauncher = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/runtime/node" "$here/bin/octo-ha.js" "$@"
`;
const windowsLauncher = '@"%~dp0runtime\\node.exe" "%~dp0bin\\octo-ha.js" %*\r\n';

/** Node's own licence: beside its program on Windows, else beside the directory of its program. */
async function nodeLicence() {
  const home = dirname(process.execPath);
  const texts = await Promise.all(
    [join(home, 'LICENSE'), join(home, '../LICENSE'), join(home, '../share/doc/nodejs/copyright')].map((path) =>
      readFile(path, 'utf8').catch(() => undefined),
    ),
  );
  const text = texts.find((one) => one !== undefined);
  return text ?? `Node.js ${process.version}: https://github.com/nodejs/node/blob/${process.version}/LICENSE\n`;
}

async function fill(directory) {
  for (const file of ['package.json', 'package-lock.json']) await copyFile(join(root, file), join(directory, file));
  // As the lock file has them, each held to its checksum.
  npm(directory, 'ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline');
  await rm(join(directory, 'package-lock.json'));
  for (const part of ['bin', 'dist', 'schemas', 'LICENSE', 'THIRD_PARTY_NOTICES']) {
    const filter = (path) => !path.endsWith('metafile.json');
    await cp(join(root, part), join(directory, part), { recursive: true, filter });
  }
  await mkdir(join(directory, 'runtime'));
  const node = join(directory, 'runtime', onWindows ? 'node.exe' : 'node');
  await copyFile(process.execPath, node);
  await chmod(node, 0o755);
  await writeFile(join(directory, 'runtime', 'LICENSE'), await nodeLicence());
  if (onWindows) await writeFile(join(directory, 'octo-ha.cmd'), windowsLauncher);
  else await writeFile(join(directory, 'octo-ha'), posixLauncher, { mode: 0o755 });
}

const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const name = `octo-ha-${version}-${process.platform}-${process.arch}`;
const target = resolve(process.argv[2] ?? '.');
const work = await mkdtemp(join(tmpdir(), 'octo-ha-offline-'));
try {
  await mkdir(join(work, name), { mode: 0o755 });
  await fill(join(work, name));
  const archive = `${name}${onWindows ? '.zip' : '.tar.gz'}`;
  // tar tells the format by the name of the archive.
  const { status, stderr } = spawnSync('tar', ['-acf', archive, name], { cwd: work, encoding: 'utf8' });
  if (status !== 0) throw new Error(`tar ended with ${status}: ${stderr}`);
  await mkdir(target, { recursive: true });
  await rename(join(work, archive), join(target, archive)).catch(() =>
    copyFile(join(work, archive), join(target, archive)),
  );
  process.stdout.write(`${join(target, archive)}\n`);
} finally {
  await rm(work, { recursive: true, force: true });
}
