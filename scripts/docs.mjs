/** Writes the generated pages of docs/ anew: commands and checks. Their tests hold them to what they are made from. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const runner = fileURLToPath(new URL('test.mjs', import.meta.url));
const pages = ['test/documentation/reference.test.ts', 'test/commands/explain.test.ts'];
const { status } = spawnSync(process.execPath, [runner, ...pages], {
  env: { ...process.env, UPDATE_GOLDEN: '1' },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
