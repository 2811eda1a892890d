/** What stands on a machine for a program of its own: `machine-command.js LAB MACHINE PROGRAM [WORD…]`. */
import { localFolder } from '../../adapters/local-folder.js';
import { nodeHttp } from '../../adapters/node-http.js';
import { callOnMachine } from '../machine/control.js';

const [home = '', machine = '', program = '', ...argv] = process.argv.slice(2);
const asking = { home: localFolder(home), http: nodeHttp };
try {
  const said = await callOnMachine(asking, { machine, program, argv }, new AbortController().signal);
  process.stdout.write(said.stdout);
  process.stderr.write(said.stderr);
  process.exitCode = said.exitCode;
} catch (error) {
  process.stderr.write(`${program}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
