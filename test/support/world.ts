import { setMaxListeners } from 'node:events';
import { sql } from 'kysely';
import { localPrograms } from '../../src/adapters/local-programs.js';
import { localSockets } from '../../src/adapters/local-sockets.js';
import { nodeNetwork } from '../../src/adapters/node-network.js';
import { partPassword } from '../../src/adapters/sql-server/part-password.js';
import { textFiles } from '../../src/adapters/text-files.js';
import type { OctopusApi } from '../../src/checks/world.js';
import { type Host, run } from '../../src/cli.js';
import type { Context, Globals } from '../../src/commands/context.js';
import { hiddenCommands } from '../../src/commands/hidden.js';
import { commands } from '../../src/commands/index.js';
import type { Configuration } from '../../src/configuration/configuration.js';
import { parseConfiguration } from '../../src/configuration/parse.js';
import { clusterDatabase } from '../../src/database/database.js';
import type { Query } from '../../src/database/dialect.js';
import { Failure } from '../../src/errors.js';
import type { Cluster } from '../../src/operations/cluster.js';
import type { KnownBalancer } from '../../src/operations/tell-balancer.js';
import type { Clock } from '../../src/ports/clock.js';
import type { Session } from '../../src/ports/database.js';
import type { Files } from '../../src/ports/files.js';
import type { Http } from '../../src/ports/http.js';
import type { Identity } from '../../src/ports/identity.js';
import type { Network } from '../../src/ports/network.js';
import type { OctopusApi as RestApi } from '../../src/ports/octopus-api.js';
import type { Share } from '../../src/ports/share.js';
import type { Shell } from '../../src/ports/shell.js';
import { type Engine, engines, type TestDatabase } from './engines.js';
import { FakeMachine } from './fake-machine.js';
import { insertNode, insertTask, type NodeRow, type TaskRow } from './octopus-rows.js';
import { createTables, type OctopusShape, octopusShapes } from './octopus-shapes.js';
import { RecordingTerminal } from './recording-terminal.js';

const shape = octopusShapes.find(({ name }) => name === '2021 and later') as OctopusShape;

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly asked: readonly string[];
}

export interface RunOptions {
  /** Who runs it, and as which process; processes whose number is in `World.dead` have ended. */
  readonly identity?: { readonly who: string; readonly pid: number };
  /** Answers to questions; without them nobody can be asked. */
  readonly answers?: readonly string[];
  /** Stands between the command and the database: kills, counts, cuts. */
  readonly session?: (real: Session) => Session;
  /** The same between the command and a machine. */
  readonly shell?: (real: Shell) => Shell;
  readonly signal?: AbortSignal;
  readonly http?: Http;
  /** The load balancer that the context describes. */
  readonly balancer?: KnownBalancer;
  /** Every name resolves and every port is open, unless it says otherwise. */
  readonly network?: Network;
  readonly files?: Files;
  readonly octopus?: OctopusApi;
  readonly configuration?: Configuration;
  readonly api?: RestApi;
}

const openNetwork: Network = {
  lookup: async () => ['192.0.2.1'],
  connect: async () => {},
  certificate: async (host) => {
    throw new Failure('unreachable', `no TLS at ${host}`);
  },
};

const noFiles: Files = {
  read: async (path) => {
    throw new Failure('usage', `cannot read ${path}`);
  },
  write: async (path) => {
    throw new Failure('usage', `cannot write ${path}`);
  },
};

/**
 * A cluster whose time is in the test's hands, over a real database: SQLite where nothing else is said. Nodes answer
 * their ping as their flag stands; whatever else happens is put on the agenda. Time moves only while a command sleeps.
 */
export class World implements AsyncDisposable {
  readonly #database: TestDatabase;
  readonly #machines = new Map<string, FakeMachine>();
  readonly #silent = new Set<string>();
  #agenda: { readonly at: number; readonly happens: () => Promise<void> }[] = [];
  #now = Date.parse('2026-03-01T10:00:00Z');
  #words = 0;
  /** Numbers of processes of this machine that have ended. */
  readonly dead = new Set<number>();
  /** Secrets by their place, as JSON. */
  readonly secrets = new Map<string, string>();
  /** Files of the admin machine that are no context file. */
  readonly files = new Map<string, string>();
  /** The text of the context file. */
  file = 'current: test\ncontexts:\n  test:\n    database: { engine: sqlite, directory: /world }\n';
  /** The folder that the nodes share, as this machine sees it. */
  share: Share | undefined;
  /** How often the database of Octopus was to be made. */
  created = 0;
  /** How often a cluster was opened. */
  opened = 0;
  /** Everything that was written to the terminals of this world. */
  readonly written: string[] = [];
  /** Answers of pings that are not what the flag says. */
  readonly pings = new Map<string, { readonly status: number; readonly body: string } | 'down'>();

  private constructor(database: TestDatabase) {
    this.#database = database;
  }

  /** Nodes without a `lastSeen` are seen at this moment and at every later one. */
  static async create(
    nodes: readonly (Omit<NodeRow, 'lastSeen'> & { lastSeen?: Date; version?: string })[],
    engine: Engine = engines[0],
  ): Promise<World> {
    const world = new World(await engine.create());
    await world.execute(createTables(shape));
    await world.execute(nodes.flatMap((node) => insertNode(shape, { lastSeen: new Date(world.#now), ...node })));
    await world.#database.migrate();
    await world.execute([sql`INSERT INTO octo_ha.setting (name, value) VALUES ('consent.sql', '{}')`]);
    for (const { name, version } of nodes) {
      const id = `OctopusServerNodes-${name}`;
      if (version !== undefined) {
        await world.execute([
          sql`UPDATE dbo.OctopusServerNodeStatus SET Version = ${version} WHERE OctopusServerNodeId = ${id}`,
        ]);
      }
      const address = { host: name, manager: 'systemd', service: 'octopus', instance: 'OctopusServer', hostKeys: [] };
      await world.execute([
        sql`INSERT INTO octo_ha.node (node_id, url) VALUES (${id}, ${`http://${name}.test`})`,
        sql`INSERT INTO octo_ha.machine (node_id, address) VALUES (${id}, ${JSON.stringify(address)})`,
      ]);
    }
    return world;
  }

  /** The machine of a node; its service is the node. */
  machine(name: string): FakeMachine {
    const known = this.#machines.get(name);
    if (known) return known;
    const machine = new FakeMachine({
      stopped: () => this.#setOffline(name, true),
      started: () => this.#setOffline(name, false),
    });
    this.#machines.set(name, machine);
    return machine;
  }

  /** A machine with Octopus Server installed and no node. Started, it registers itself with `registersWith`, or its own cap. */
  bare(name: string, { registersWith }: { readonly registersWith?: number } = {}): FakeMachine {
    const machine: FakeMachine = new FakeMachine({
      stopped: () => this.#setOffline(name, true),
      started: async () => {
        const { instance } = machine;
        if (instance?.connection === undefined || (await this.flags())[instance.nodeName] !== undefined) return;
        this.pings.delete(instance.nodeName);
        this.in(20_000, async () => {
          const row = { name: instance.nodeName, cap: registersWith ?? instance.cap, lastSeen: this.now };
          await this.execute(insertNode(shape, row));
        });
      },
    });
    Object.assign(machine, { instance: undefined, isInstalled: false, service: 'inactive' });
    this.pings.set(name, 'down');
    this.#machines.set(name, machine);
    return machine;
  }

  /** A clean stop says so in the database, and nobody answers the ping any more. */
  async #setOffline(name: string, offline: boolean): Promise<void> {
    if (offline) this.pings.set(name, 'down');
    else this.pings.delete(name);
    await this.execute([
      sql`UPDATE dbo.OctopusServerNodeStatus SET IsOffline = ${offline} WHERE OctopusServerNodeId = ${`OctopusServerNodes-${name}`}`,
    ]);
  }

  get now(): Date {
    return new Date(this.#now);
  }

  readonly clock: Clock = {
    now: () => this.#now,
    sleep: async (milliseconds, signal) => {
      signal.throwIfAborted();
      await this.#advance(milliseconds);
      signal.throwIfAborted();
    },
    within: (milliseconds, signal) => {
      const late = new AbortController();
      const happens = async () => late.abort(new DOMException('late', 'TimeoutError'));
      this.in(milliseconds, happens);
      const isOver = () => {
        this.#agenda = this.#agenda.filter((entry) => entry.happens !== happens);
      };
      return Object.assign(AbortSignal.any([signal, late.signal]), { [Symbol.dispose]: isOver });
    },
  };

  /** Puts something on the agenda. */
  in(milliseconds: number, happens: () => Promise<void>): void {
    this.#agenda.push({ at: this.#now + milliseconds, happens });
    this.#agenda.sort((a, b) => a.at - b.at);
  }

  async #advance(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    for (let next = this.#agenda[0]; next !== undefined && next.at <= until; next = this.#agenda[0]) {
      this.#agenda.shift();
      this.#now = Math.max(this.#now, next.at);
      await next.happens();
    }
    this.#now = until;
    const silent = sql.join(['nobody', ...this.#silent]);
    const { session, dialect } = this.#database;
    const seen = sql`UPDATE dbo.OctopusServerNodeStatus SET LastSeen = ${new Date(until)}
      WHERE IsOffline = 0 AND OctopusServerNodeId NOT IN (${silent})`;
    const [statement] = dialect.compile([seen], { database: null });
    if (statement) await session.change([{ ...statement, expects: 'any' }], new AbortController().signal);
  }

  execute(queries: readonly (Query | string)[]): Promise<void> {
    return this.#database.execute(queries);
  }

  /** The name of the database, as its server tells it. */
  async databaseName(): Promise<string> {
    return (await this.#database.open().catalogue(new AbortController().signal)).database;
  }

  /** As before `database migrate`. */
  async dropOwnTables(): Promise<void> {
    await this.execute(
      [
        ...['doctor_run', 'observed', 'machine', 'audit', 'hold', 'seen_task', 'step', 'operation', 'lease'],
        ...['node', 'setting', 'cluster', 'schema_version'],
      ].map((table) => `DROP TABLE octo_ha.${table}`),
    );
  }

  /** A node that is lost without a word. */
  async lose(name: string): Promise<void> {
    this.pings.set(name, 'down');
    this.#silent.add(`OctopusServerNodes-${name}`);
  }

  /** Time goes by without a command. */
  pass(milliseconds: number): Promise<void> {
    return this.#advance(milliseconds);
  }

  async count(table: string): Promise<number> {
    const statement = { sql: `SELECT COUNT(*) AS n FROM ${table}`, parameters: [] };
    const [[row] = []] = await this.#database.session.read([statement], new AbortController().signal);
    return Number(row?.['n']);
  }

  async addTask(task: Omit<TaskRow, 'queuedAt'>): Promise<void> {
    const startedAt = task.state === 'Queued' ? {} : { startedAt: this.now };
    await this.execute([insertTask(shape, { queuedAt: this.now, ...startedAt, ...task })]);
  }

  async endTask(id: string, state = 'Success'): Promise<void> {
    await this.execute([sql`UPDATE dbo.ServerTask SET State = ${state}, CompletedTime = ${this.now} WHERE Id = ${id}`]);
  }

  async setFlag(name: string, draining: boolean): Promise<void> {
    await this.execute([sql`UPDATE dbo.OctopusServerNode SET IsInMaintenanceMode = ${draining} WHERE Name = ${name}`]);
  }

  /** The drain flag and cap of each node as the database has them. */
  async flags(): Promise<Readonly<Record<string, { draining: boolean; cap: number }>>> {
    const signal = new AbortController().signal;
    const statement = {
      sql: 'SELECT Name, IsInMaintenanceMode AS d, MaxConcurrentTasks AS c FROM dbo.OctopusServerNode',
      parameters: [],
    };
    const [rows = []] = await this.#database.session.read([statement], signal);
    return Object.fromEntries(
      rows.map((row) => [row['Name'], { draining: Number(row['d']) === 1, cap: Number(row['c']) }]),
    );
  }

  /** What the journal holds, without times and whatever differs between runs. */
  async journal(): Promise<readonly string[]> {
    const signal = new AbortController().signal;
    const read = (sql: string) => this.#database.session.read([{ sql, parameters: [] }], signal);
    const [operations = []] = await read('SELECT kind, state, nodes FROM octo_ha.operation ORDER BY id');
    const [steps = []] = await read(
      'SELECT number, node_id, action, result FROM octo_ha.step ORDER BY operation_id, number',
    );
    const [holds = []] = await read('SELECT node_id, why FROM octo_ha.hold ORDER BY node_id');
    const [audit = []] = await read(
      'SELECT node_name, action, before_value, after_value FROM octo_ha.audit ORDER BY id',
    );
    return [...operations, ...steps, ...holds, ...audit].map((row) => Object.values(row).join(' '));
  }

  /** Every text in octo-ha's tables. */
  async everyText(): Promise<readonly string[]> {
    const signal = new AbortController().signal;
    const tables = ['operation', 'step', 'audit', 'setting', 'machine', 'node', 'lease', 'hold'];
    const statements = tables.map((table) => ({ sql: `SELECT * FROM octo_ha.${table}`, parameters: [] }));
    const results = await this.#database.session.read(statements, signal);
    return results.flatMap((rows) => rows.map((row) => JSON.stringify(row)));
  }

  readonly http: Http = {
    send: async ({ url }) => {
      const name = new URL(url).hostname.replace(/\.test$/, '');
      const special = this.pings.get(name);
      if (special === 'down') throw new Failure('unreachable', `cannot reach ${name}: the connection was refused`);
      if (special) return { headers: {}, ...special };
      const draining = (await this.flags())[name]?.draining === true;
      return {
        status: draining ? 418 : 200,
        headers: {},
        body: JSON.stringify({ Name: name, IsInMaintenanceMode: draining }),
      };
    },
  };

  /** Runs a command line as typed, in this process. */
  async run(
    line: string,
    {
      answers,
      session = (real) => real,
      shell = (real) => real,
      signal,
      http = this.http,
      balancer,
      network = openNetwork,
      files = noFiles,
      octopus,
      configuration: given,
      api: restApi,
      identity = { who: 'anna@desk', pid: 1 },
    }: RunOptions = {},
  ): Promise<Outcome> {
    const terminal = new RecordingTerminal(answers);
    const api = async () => restApi;
    const world = this;
    // The database's clock is the test's too.
    const isSqlServer = this.#database.session.engine === 'sql-server';
    const moment = (at: number) => {
      const text = new Date(at).toISOString();
      return isSqlServer ? sql<string>`CAST(${text} AS datetimeoffset)` : sql<string>`${text}`;
    };
    const dialect = {
      ...this.#database.dialect,
      get now() {
        return moment(world.#now);
      },
      later: (milliseconds: number) => moment(world.#now + milliseconds),
    };
    const fakeIdentity = ({ who, pid }: { who: string; pid: number }): Identity => ({
      who,
      host: who.split('@')[1] ?? '',
      pid,
      started: async () => `start of ${pid}`,
      isRunning: async (other) => !world.dead.has(other),
      word: (length) => String(++world.#words).padStart(length, 'w'),
    });
    const clusterNamed = async (context: string): Promise<Cluster> => ({
      context,
      dialect,
      ownTables: {
        place: 'the test',
        open: async () => ({ ...session(this.#database.session), [Symbol.asyncDispose]: async () => {} }),
      },
      database: clusterDatabase(session(this.#database.session), dialect, { own: this.#database.own }),
      http,
      api,
      clock: this.clock,
      nodeUrl: undefined,
      octopusServerOn: () => undefined,
      shellOn: async (node) => shell(world.machine(node).shell),
      ca: undefined,
      timeout: 120_000,
    });
    const host: Host = {
      signal: signal ?? new AbortController().signal,
      clock: this.clock,
      terminal,
      environment: {},
      contextFor: (globals: Globals, within: AbortSignal): Context & AsyncDisposable => ({
        globals,
        terminal,
        clock: this.clock,
        http,
        network,
        files,
        identity: fakeIdentity(identity),
        signal: within,
        configurationFile: {
          path: 'config.yaml',
          read: async () => this.file,
          write: async (text) => {
            this.file = text;
          },
          toBeMade: () => {},
          absolute: (typed) => `/${typed}`,
        },
        configuration: async () => given ?? parseConfiguration(this.file, 'config.yaml'),
        openCluster: (name) => {
          this.opened++;
          return clusterNamed(name);
        },
        createOctopusDatabase: async () => void this.created++,
        secrets: async () => ({
          read: async (place) => {
            const kept = this.secrets.get(JSON.stringify(place));
            if (kept === undefined) throw new Failure('usage', 'this world has no such secret');
            return kept;
          },
        }),
        ownFiles: async () => ({
          absolute: (path) => path,
          read: async (path) => (path === 'config.yaml' ? this.file : this.files.get(path)),
          write: async (path, text) => void this.files.set(path, text),
        }),
        storageWantsLogin: true,
        storage: async () => ({
          network: nodeNetwork,
          openShare: async () => {
            if (this.share === undefined) throw new Error('this world has no shared folder');
            return this.share;
          },
        }),
        partConnection: async (text) => partPassword(text),
        secretStore: async () => ({
          keep: async (place, secret) => void this.secrets.set(JSON.stringify(place), secret),
          forget: async (place) => this.secrets.delete(JSON.stringify(place)),
        }),
        databaseNames: async () => undefined,
        balancer: async () => balancer,
        balancerPorts: async () => ({
          files: textFiles,
          programs: localPrograms,
          sockets: localSockets,
          http,
          timeout: 30_000,
        }),
        octopus: async () => octopus,
        cluster: async () => clusterNamed('test'),
        lab: async () => {
          throw new Error('this world has no lab');
        },
        [Symbol.asyncDispose]: async () => {},
      }),
    };
    setMaxListeners(0, host.signal);
    const code = await run({ ...commands, ...hiddenCommands }, line.split(' '), host);
    this.written.push(...terminal.stdout, ...terminal.stderr, ...terminal.asked);
    return { code, stdout: terminal.stdout.join('\n'), stderr: terminal.stderr.join('\n'), asked: terminal.asked };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database[Symbol.asyncDispose]();
  }
}
