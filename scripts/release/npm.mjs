import { spawnSync } from 'node:child_process';

/** Runs npm elsewhere and answers with what it printed. What a parent npm tells its children is not passed on. */
export function npm(cwd, ...args) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(?!config_(registry|cache|cafile|userconfig)$)/i.test(name),
  );
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd,
    env: Object.fromEntries(inherited),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${status}\n${stderr}`);
  return stdout;
}
