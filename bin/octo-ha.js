#!/usr/bin/env node
// Start-up time lives here: what needs no command is answered without loading one.
const [first, ...rest] = process.argv.slice(2);
const asks = (...words) => rest.length === 0 && words.includes(first);

// A reader that has seen enough (`| head -1`) or a full disk does not stop what is being done to the cluster.
let unwritten;
const goOn = (error) => {
  if (error.code !== 'EPIPE') unwritten ??= error;
};
process.stdout.on('error', goOn);
process.once('exit', (code) => {
  if (unwritten === undefined) return;
  process.stderr.write(`error: the output is not complete: ${unwritten.message}\n`);
  process.exitCode = code || 1;
});

try {
  if (asks('--version', '-V')) {
    const { version } = await import('../dist/version.js');
    process.stdout.write(`${version}\n`);
  } else if (asks('--help', '-h', 'help')) {
    const { help } = await import('../dist/root-help.js');
    process.stdout.write(help);
  } else if (first === '__complete') {
    const [{ complete }, { table }] = await Promise.all([import('../dist/complete.js'), import('../dist/commands.js')]);
    process.stdout.write(await complete(process.argv[1], rest, table));
  } else if (first === undefined && !(await knowsCluster())) {
    const { help, firstSteps } = await import('../dist/root-help.js');
    process.stdout.write(`${help}\n\n${firstSteps}\n`);
  } else {
    process.stderr.on('error', goOn);
    const words = first === undefined ? ['__next', '--no-input'] : process.argv.slice(2);
    const [{ front }, { table }] = await Promise.all([import('../dist/front.js'), import('../dist/commands.js')]);
    const read = await front(table, words);
    if (typeof read === 'number') {
      process.exitCode = read;
    } else {
      await runCommand(words, read);
    }
  }
} catch (error) {
  const notBuilt = error.code === 'ERR_MODULE_NOT_FOUND' && !(await isThere('../dist/version.js'));
  process.stderr.write(notBuilt ? 'octo-ha is not built: run npm run build\n' : `${error.stack}\n`);
  process.exitCode = 70;
}

async function runCommand(words, read) {
  // Of libraries, about an address instead of a name in TLS: nothing that whoever types the command can mend.
  process.noDeprecation = true;
  const module = await import('node:module');
  module.enableCompileCache?.();
  const { main } = await import('../dist/main.js');
  process.exitCode = await main(words, read);
}

async function knowsCluster() {
  const { knowsCluster: look } = await import('../dist/bare.js');
  return await look();
}

async function isThere(path) {
  const { existsSync } = await import('node:fs');
  return existsSync(new URL(path, import.meta.url));
}
