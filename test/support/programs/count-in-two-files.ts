/**
 * Adds one to a counter in each of two attached files, again and again, until it is killed or `turns` is reached. After
 * the first time it says that it counts.
 */
import { openSqlite } from '../../../src/adapters/sqlite/session.js';
import { systemClock } from '../../../src/adapters/system-clock.js';

const [directory = '', turns = '0'] = process.argv.slice(2);
const session = openSqlite({ directory, clock: systemClock });
const { signal } = new AbortController();
const add = (table: string) => ({ sql: `UPDATE ${table} SET n = n + 1`, parameters: [], expects: 1 });

for (let turn = 0; turn < Number(turns); turn++) {
  await session.change([add('dbo.counter'), add('octo_ha.counter')], signal);
  if (turn === 0) process.stdout.write('counting\n');
}
await session[Symbol.asyncDispose]();
