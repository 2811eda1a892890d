import assert from 'node:assert/strict';
import { getEventListeners, once, setMaxListeners } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { availableParallelism, userInfo } from 'node:os';
import { dirname } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/adapters/system-clock.js';
import { run } from '../../src/cli.js';
import { hiddenCommands } from '../../src/commands/hidden.js';
import { commands } from '../../src/commands/index.js';
import { contextFor } from '../../src/main.js';
import { type BuiltCli, builtCli, type Ended } from '../support/built-cli.js';
import { RecordingTerminal } from '../support/recording-terminal.js';
import { sampleLines } from '../support/sample-lines.js';
import { sqliteCluster } from '../support/sqlite-cluster.js';
import { tdsServer } from '../support/tds-server.js';

type Lines = Awaited<ReturnType<typeof sampleLines>>;

const lines = await sampleLines();

/** The same without `--dry-run`; no practice cluster is started. */
const inEarnest: Lines = lines.map(({ name, line }) => ({
  name,
  line: name === 'lab up' ? line : line.replace(' --dry-run', ''),
}));

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** An endpoint that accepts everything and answers nothing. */
async function silence() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
  }).listen(0, '127.0.0.1');
  const connected = once(server, 'connection');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connected,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const connection = (port: number) => `Server=127.0.0.1,${port};Database=Octopus;User ID=octo_ha;Password=geheim`;

/** What differs between machines and runs is named instead. */
function normalised({ code, stdout, stderr }: Ended, cli: BuiltCli, port: number): Ended {
  const told = (text: string) =>
    text
      .replaceAll(dirname(cli.env['OCTO_HA_CONFIG'] ?? ''), 'DIRECTORY')
      .replace(/\/\S*\/octo-ha-cluster-\w+/g, 'DATABASE')
      .replaceAll(String(port), 'PORT')
      // Of a name that there is not: what a machine without DNS says of it.
      .replaceAll('its name cannot be looked up now', 'its name is not known')
      .replaceAll(`${userInfo().username}@`, 'USER@')
      .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
      .replace(/(?<= skipped in )\d+(\.\d+)?m?s\b/g, 'TIME')
      .replace(/\d+ ?m?s(?= ago|;|\n)/g, 'N')
      // How many checks there are is no matter of these tests.
      .replace(/\d+(?= (passed|skipped)\b)/g, 'N')
      .replace(/"(\w+Ms|passed|pass|skip)": [\d.]+/g, '"$1": N')
      .split('\n')
      .map((line) => line.replace(/(?<=\S) {2,}/g, '  ').trimEnd())
      .join('\n');
  return { code, stdout: told(stdout), stderr: told(stderr) };
}

/** The first lines of what is long; what a command prints when all is well is held by its own tests. */
function shortened(text: string): string {
  const all = text.trimEnd().split('\n');
  return all.length <= 20 ? text.trimEnd() : [...all.slice(0, 3), '(and more)'].join('\n');
}

/** Command lines that end alike stand together. */
async function matchesGolden(situation: string, outcomes: readonly Ended[], typed = lines): Promise<void> {
  const alike = new Map<string, string[]>();
  for (const [i, { code, stdout, stderr }] of outcomes.entries()) {
    const told = [
      `exit ${code}`,
      ...(stdout.trim() === '' ? [] : ['-- stdout', shortened(stdout)]),
      ...(stderr.trim() === '' ? [] : ['-- stderr', shortened(stderr)]),
    ];
    const text = told.join('\n');
    alike.set(text, [...(alike.get(text) ?? []), `$ octo-ha ${typed[i]?.line}`]);
  }
  const all = [...alike].map(([text, same]) => `${same.join('\n')}\n${text}\n`).join('\n');
  const path = fileURLToPath(new URL(`every-command/${situation}.golden.txt`, import.meta.url));
  if (process.env['UPDATE_GOLDEN']) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, all);
  }
  assert.equal(
    all,
    await readFile(path, 'utf8').catch(() => ''),
    'see the golden file; UPDATE_GOLDEN=1 writes it anew',
  );
}

/** Runs all of them in this process, with everything of octo-ha but its terminal: at once, or one after the other. */
async function each(
  cli: BuiltCli,
  flags = '',
  { typed = lines, inTurn = false }: { readonly typed?: Lines; readonly inTurn?: boolean } = {},
): Promise<readonly Ended[]> {
  const environment = Object.fromEntries(Object.entries(cli.env).filter(([name]) => name.startsWith('OCTO_HA_')));
  const before = { ...process.env };
  Object.assign(process.env, environment);
  const one = async ({ line }: { readonly line: string }): Promise<Ended> => {
    const terminal = new RecordingTerminal();
    const { signal } = new AbortController();
    // As that of the process itself: everything that waits listens to it, and none of it once it is over.
    setMaxListeners(0, signal);
    const code = await run({ ...commands, ...hiddenCommands }, `${line}${flags}`.split(' '), {
      signal,
      clock: systemClock,
      terminal,
      environment,
      contextFor: (globals, signal) => ({ ...contextFor(globals, signal), terminal }),
    });
    assert.deepEqual(getEventListeners(signal, 'abort'), [], `${line} still listens when it is over`);
    return { code, stdout: terminal.stdout.join('\n'), stderr: terminal.stderr.join('\n') };
  };
  try {
    if (!inTurn) return await Promise.all(typed.map(one));
    const outcomes: Ended[] = [];
    for (const line of typed) outcomes.push(await one(line));
    return outcomes;
  } finally {
    for (const name of Object.keys(environment)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

/** Runs each as a process of its own, a few at a time. */
async function eachApart(work: (line: string) => Promise<Ended>, typed = lines): Promise<readonly Ended[]> {
  const outcomes: Ended[] = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < typed.length; i = next++) outcomes[i] = await work(typed[i]?.line ?? '');
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker));
  return outcomes;
}

function mustBeHonest(outcomes: readonly Ended[]): void {
  for (const [i, { code, stdout, stderr }] of outcomes.entries()) {
    const line = lines[i]?.line;
    assert.notEqual(code, 70, `${line}: a bug: ${stderr}`);
    assert.notEqual(code, null, `${line}: ended by a signal`);
    assert.ok(!`${stdout}${stderr}`.includes('geheim'), `${line}: a secret`);
    if (code !== 0) assert.notEqual(`${stdout}${stderr}`.trim(), '', `${line}: ended with ${code} and says nothing`);
  }
}

/** With `--json` nothing but one document is on stdout, also where it is a failure, with the code that is the exit. */
function mustBeJson(outcomes: readonly Ended[]): void {
  for (const [i, { code, stdout, stderr }] of outcomes.entries()) {
    if (code === 0) continue;
    const told = JSON.parse(stdout);
    // What doctor cannot reach is a finding of its report.
    if ('verdict' in told) assert.deepEqual([told.verdict, code], ['fail', 4], lines[i]?.line);
    else if ('okToStop' in told) assert.deepEqual([told.okToStop, code], [false, 3], lines[i]?.line);
    else assert.equal(told.error.code, code, lines[i]?.line);
    // A plan may stand there; what went wrong is told once.
    assert.doesNotMatch(stderr, /^error:/m, lines[i]?.line);
  }
}

describe('every command', () => {
  let nobody: number;
  before(async () => {
    nobody = await closedPort();
  });

  for (const flags of ['', ' --json']) {
    const suffix = flags.trim().replace('--', '-');
    const judge = async (situation: string, outcomes: readonly Ended[], cli: BuiltCli) => {
      mustBeHonest(outcomes);
      if (flags === ' --json') mustBeJson(outcomes);
      const told = outcomes.map((ended) => normalised(ended, cli, nobody));
      await matchesGolden(`${situation}${suffix}`, told);
    };

    test(`without a context${flags}`, async () => {
      await using cli = await builtCli();

      await judge('no-context', await each(cli, flags), cli);
    });

    test(`with a context file that is broken${flags}`, async () => {
      await using cli = await builtCli({ context: 'contexts:\n  prod: [1, 2\n' });

      await judge('broken-context', await each(cli, flags), cli);
    });

    test(`with a database that cannot be reached${flags}`, async () => {
      await using cli = await builtCli({ extra: { OCTO_HA_DATABASE: connection(nobody) } });

      await judge('unreachable', await each(cli, flags), cli);
    });

    test(`with a password that is refused${flags}`, async () => {
      const message = "Login failed for user 'octo_ha'.";
      await using server = await tdsServer({ login: () => [{ number: 18456, message }] });
      const login = `${connection(server.port)};Encrypt=False`;
      await using cli = await builtCli({ extra: { OCTO_HA_DATABASE: login } });

      const outcomes = await each(cli, flags);

      mustBeHonest(outcomes);
      if (flags === ' --json') mustBeJson(outcomes);
      const told = outcomes.map((ended) => normalised(ended, cli, server.port));
      await matchesGolden(`wrong-password${suffix}`, told);
    });

    test(`where nobody can be asked${flags}`, async () => {
      await using cluster = await sqliteCluster(['web-1', 'web-2']);
      await using cli = await builtCli({ context: cluster.context });

      const outcomes = await each(cli, flags, { typed: inEarnest, inTurn: true });

      mustBeHonest(outcomes);
      if (flags === ' --json') mustBeJson(outcomes);
      const told = outcomes.map((ended) => normalised(ended, cli, nobody));
      await matchesGolden(`no-terminal${suffix}`, told, inEarnest);
    });

    test(`with a flag that nobody knows${flags}`, async () => {
      await using cli = await builtCli();

      const outcomes = await each(cli, ` --no-such-flag${flags}`);

      for (const { code } of outcomes) assert.equal(code, 2);
      await judge('unknown-flag', outcomes, cli);
    });
  }

  test('when nobody reads what it prints', async () => {
    await using cluster = await sqliteCluster(['web-1', 'web-2']);
    await using cli = await builtCli({ context: cluster.context });

    const outcomes = await eachApart(async (line) => {
      const { child, ended } = cli.start(line);
      child.stdout?.destroy();
      return await ended;
    }, inEarnest);

    mustBeHonest(outcomes);
    const told = outcomes.map((ended) => normalised(ended, cli, nobody));
    await matchesGolden('closed-stdout', told, inEarnest);
  });

  for (const flags of ['', ' --json']) {
    test(`at Ctrl-C while the database does not answer${flags}`, async () => {
      const outcomes = await eachApart(async (line) => {
        await using endpoint = await silence();
        await using cli = await builtCli({ extra: { OCTO_HA_DATABASE: connection(endpoint.port) } });
        const { child, ended } = cli.start(`${line} --timeout 2m${flags}`);
        await Promise.race([endpoint.connected, ended]);
        child.kill('SIGINT');
        return normalised(await ended, cli, endpoint.port);
      });

      mustBeHonest(outcomes);
      if (flags === ' --json') mustBeJson(outcomes);
      await matchesGolden(`ctrl-c${flags.trim().replace('--', '-')}`, outcomes);
    });
  }
});
