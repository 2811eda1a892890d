import { setMaxListeners } from 'node:events';
import { configurationFile } from './adapters/configuration-file.js';
import { lazyHttp } from './adapters/lazy-http.js';
import { lazyNetwork } from './adapters/lazy-network.js';
import { localFiles } from './adapters/local-files.js';
import { localIdentity } from './adapters/local-identity.js';
import { processTerminal } from './adapters/process-terminal.js';
import { systemClock } from './adapters/system-clock.js';
import { type Host, run } from './cli.js';
import type { Line } from './command-line.js';
import type { Described } from './commands/command.js';
import type { Context, Globals } from './commands/context.js';
import { renderFirstSteps, renderRootHelp } from './commands/help.js';
import { hiddenCommands } from './commands/hidden.js';
import { commands } from './commands/index.js';
import type { ClusterContext, Configuration } from './configuration/configuration.js';
import { Failure } from './errors.js';
import type { Cluster } from './operations/cluster.js';

/** The one place where adapters meet commands. Answers with the exit code. `read` is what was read of `argv` before. */
export async function main(argv: readonly string[], read?: Line): Promise<number> {
  const signal = endingSignal();
  const host: Host = {
    signal,
    clock: systemClock,
    terminal: processTerminal({
      color: !argv.includes('--no-color'),
      pager: !argv.includes('--no-pager'),
      input: false,
      quiet: false,
      absoluteTimes: false,
    }),
    environment: process.env,
    contextFor,
  };
  return await run({ ...commands, ...hiddenCommands }, argv, host, read);
}

/** What is said without a command, and what completion offers, as it is kept beside the bundle. */
export async function keptTexts(version: string): Promise<{
  readonly help: string;
  readonly firstSteps: string;
  /** Also those that nobody types. */
  readonly table: readonly Described[];
}> {
  const told = await Promise.all(Object.values(commands).map((load) => load()));
  const hidden = await Promise.all(Object.values(hiddenCommands).map((load) => load()));
  return { help: renderRootHelp(version, told), firstSteps: renderFirstSteps(told), table: [...told, ...hidden] };
}

/** The first signal asks the command to end in good order; a second one ends the process. */
function endingSignal(): AbortSignal {
  const ending = new AbortController();
  // Everything that waits listens to it; many at once are no leak.
  setMaxListeners(0, ending.signal);
  const kinds = { SIGINT: 'interrupted', SIGTERM: 'terminated', SIGHUP: 'hung-up' } as const;
  for (const [name, kind] of Object.entries(kinds)) {
    process.once(name, () => ending.abort(new Failure(kind, `ended by ${name}`)));
  }
  return ending.signal;
}

/** What a command works with; nothing of it is loaded or opened before it is asked for. */
export function contextFor(globals: Globals, signal: AbortSignal): Context & AsyncDisposable {
  const file = configurationFile(globals.config);
  const wanted = globals.context;
  const terminal = processTerminal(globals);
  const opened: AsyncDisposable[] = [];
  const configuration = once(async (): Promise<Configuration> => {
    const text = await file.read();
    const { parseConfiguration } = await import('./configuration/parse.js');
    return withEnvironment(parseConfiguration(text, file.path), process.env['OCTO_HA_DATABASE']);
  });
  const cluster = once(async () => {
    const { name, context } = chosen(await configuration(), wanted, file.path);
    return await openCluster(name, context);
  });
  return {
    globals,
    terminal,
    clock: systemClock,
    http: lazyHttp,
    network: lazyNetwork,
    files: localFiles,
    identity: localIdentity,
    signal,
    configurationFile: file,
    configuration,
    partConnection: async (text) => (await import('./adapters/sql-server/part-password.js')).partPassword(text),
    secretStore: async () => (await import('./adapters/secrets.js')).localSecretStore,
    databaseNames: async () => {
      const { contexts, current } = await configuration();
      const name = wanted ?? current ?? '';
      const database = Object.hasOwn(contexts, name) ? contexts[name]?.database : undefined;
      if (database?.engine !== 'sql-server') return undefined;
      return await (await import('./adapters/cluster-database.js')).namesOfDatabases(database);
    },
    balancer: async () => {
      const { contexts, current } = await configuration();
      const name = wanted ?? current ?? '';
      const lb = Object.hasOwn(contexts, name) ? contexts[name]?.lb : undefined;
      if (lb === undefined) return undefined;
      const { type, format, file, onChange, outAfter, inAfter, ...wishes } = lb;
      return { type, format, file, onChange, outAfter, inAfter, wishes };
    },
    balancerPorts: async () => {
      const [{ textFiles }, { localPrograms }, { localSockets }] = await Promise.all([
        import('./adapters/text-files.js'),
        import('./adapters/local-programs.js'),
        import('./adapters/local-sockets.js'),
      ]);
      const { timeout } = globals;
      return { files: textFiles, programs: localPrograms, sockets: localSockets, http: lazyHttp, timeout };
    },
    cluster,
    octopus: async () => (await import('./operations/octopus-of.js')).octopusOf(await cluster()),
    openCluster,
    async createOctopusDatabase({ database }) {
      if (database.engine !== 'sql-server') {
        throw new Failure('usage', 'a database is created on a SQL Server only');
      }
      const [{ createOctopusDatabase }, { localSecrets }] = await Promise.all([
        import('./adapters/cluster-database.js'),
        import('./adapters/secrets.js'),
      ]);
      const { timeout } = globals;
      await createOctopusDatabase(database, { clock: systemClock, secrets: localSecrets(terminal), timeout, signal });
    },
    secrets: async () => (await import('./adapters/secrets.js')).localSecrets(terminal),
    ownFiles: async () => (await import('./adapters/own-files.js')).ownFiles,
    storageWantsLogin: process.platform !== 'win32',
    storage: async () => (await import('./main/storage.js')).localStorage(import.meta.url),
    lab: once(async () => {
      const [{ labHost }, { labPrograms }] = await Promise.all([
        import('./main/lab-host.js'),
        import('./main/lab-programs.js'),
      ]);
      return labHost(process.env['OCTO_HA_LAB_HOME'], labPrograms(import.meta.url));
    }),
    async [Symbol.asyncDispose]() {
      for (const one of opened) await one[Symbol.asyncDispose]();
    },
  };

  async function openCluster(name: string, context: ClusterContext): Promise<Cluster> {
    const [{ openClusterDatabase, readAuthorities }, { localSecrets }, { clusterShells }] = await Promise.all([
      import('./adapters/cluster-database.js'),
      import('./adapters/secrets.js'),
      import('./adapters/cluster-shells.js'),
    ]);
    const { timeout } = globals;
    const secrets = localSecrets(terminal);
    const opening = { clock: systemClock, secrets, timeout, signal };
    const { database, dialect, ownTables, connection } = await openClusterDatabase(context.database, opening);
    const shells = clusterShells({ context, secrets, terminal });
    opened.push(shells, database);
    const ca = context.ca === undefined ? undefined : await readAuthorities(context.ca);
    return {
      context: name,
      database,
      dialect,
      ownTables,
      http: lazyHttp,
      api: once(async () => {
        if (context.api === undefined) return undefined;
        const { octopusApi } = await import('./adapters/octopus-api/octopus-api.js');
        const { url, key, prefer = false } = context.api;
        return octopusApi({ url, key, preferred: prefer, secrets, http: lazyHttp, ca, timeout });
      }),
      clock: systemClock,
      nodeUrl: context.nodeUrl,
      shellOn: shells.shellOn,
      octopusServerOn: shells.octopusServerOn,
      ca,
      timeout,
      connection,
      balancerUrl: context.balancerUrl,
    };
  }
}

/** A connection string in the environment is a context of its own, for a script without a context file. */
function withEnvironment(configuration: Configuration, connection: string | undefined): Configuration {
  if (connection === undefined) return configuration;
  const database = { engine: 'sql-server', connection, placement: 'separate', own: 'OctopusHA' } as const;
  return { current: 'environment', contexts: { ...configuration.contexts, environment: { database } } };
}

function chosen(configuration: Configuration, wanted: string | undefined, path: string) {
  const name = wanted ?? configuration.current;
  const names = Object.keys(configuration.contexts);
  const there = names.length > 0 ? `The contexts in ${path} are: ${names.join(', ')}` : undefined;
  if (name === undefined) {
    throw new Failure('usage', 'no cluster is chosen', {
      hint: there
        ? `${there}. Name one with --context.`
        : 'Start a practice cluster:  octo-ha lab up\nOr describe yours:         octo-ha context add NAME',
    });
  }
  const context = Object.hasOwn(configuration.contexts, name) ? configuration.contexts[name] : undefined;
  if (context === undefined)
    throw new Failure('usage', `there is no context ${name}`, { hint: there ?? `${path} has none.` });
  return { name, context };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
