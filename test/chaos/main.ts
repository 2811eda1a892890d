/**
 * `node main.js SEED RESULT [PART…]`: what `npm run chaos` does, one part after the other, since they are measured.
 * Writes what came of it to the file RESULT as JSON, and tells each run on standard error.
 */
import { writeFile } from 'node:fs/promises';
import { parts } from './index.js';
import { chaosOf } from './part.js';

const [seed = '', resultFile = '', ...names] = process.argv.slice(2);
const chaos = chaosOf(Number(seed), (line) => process.stderr.write(`${line}\n`));
const wanted = (names.length > 0 ? names : Object.keys(parts)).map((name) => {
  const load = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (load === undefined) throw new Error(`${name} is no part; there are: ${Object.keys(parts).join(', ')}`);
  return { part: name, load };
});
const done = [];
for (const { part, load } of wanted) {
  const began = Date.now();
  const run = await load();
  done.push({ part, ...(await run(chaos)), took: Date.now() - began });
}
await writeFile(resultFile, JSON.stringify(done));
// What a part has left running would keep this process.
process.exit(0);
