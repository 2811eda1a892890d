import { sql } from 'kysely';
import type { Dialect, Query } from '../../src/database/dialect.js';
import { labIntervals } from '../../src/lab/intervals.js';
import { octopusNode } from '../../src/lab/node/octopus-node.js';
import { type OctopusDatabase, octopusDatabase } from '../../src/lab/octopus-database.js';
import { octopusTables } from '../../src/lab/octopus-tables.js';
import { submitTasks } from '../../src/lab/submit.js';
import { licence } from '../../src/lab/told-by-octopus.js';
import type { Row } from '../../src/ports/database.js';
import { engines, type TestDatabase } from './engines.js';
import { type ManualClock, manualClock } from './manual-clock.js';
import { type MemoryFolder, memoryFolder } from './memory-folder.js';

export type SimulatedNode = ReturnType<typeof octopusNode>;

const { signal } = new AbortController();

/** What opens the API of simulated nodes. */
export const apiKey = 'API-OFSIMULATEDNODES';

/** Simulated nodes over a real database, without processes; both their clock and the database's are the test's. */
export class SimulatedNodes implements AsyncDisposable {
  readonly octopus: OctopusDatabase;
  readonly clock: ManualClock = manualClock();
  readonly share: MemoryFolder = memoryFolder();
  readonly told: string[] = [];
  readonly #database: TestDatabase;
  readonly #nodes: SimulatedNode[] = [];

  private constructor(database: TestDatabase) {
    this.#database = database;
    const { clock } = this;
    // Read when a statement is written, however long ago it was put together.
    const now = { toOperationNode: () => sql`${new Date(clock.now()).toISOString()}`.toOperationNode() };
    this.octopus = octopusDatabase(database.session, {
      ...database.dialect,
      now: now as unknown as Dialect['now'],
    });
  }

  static async create(): Promise<SimulatedNodes> {
    const nodes = new SimulatedNodes(await (engines[0] as (typeof engines)[number]).create());
    await nodes.octopus.change(
      octopusTables(nodes.octopus.dialect, { version: '1', installationId: 'installation' }).map((query) => ({
        query,
        expects: 'any',
      })),
      signal,
    );
    await nodes.octopus.change(
      [
        {
          query: sql`INSERT INTO dbo.Configuration (Id, JSON) VALUES ('licence-status', ${JSON.stringify(licence)})`,
          expects: 'any',
        },
      ],
      signal,
    );
    return nodes;
  }

  /** A node that has not started yet. The same name again is the same node after a crash. */
  node(name: string, { cap = 5 } = {}): SimulatedNode {
    const { octopus, clock, share } = this;
    const node = octopusNode(
      {
        home: '',
        lab: 'test',
        installationId: 'installation',
        name,
        cap,
        port: 1,
        version: '2025.4.1000',
        share: '',
        database: { engine: 'sqlite', directory: '' },
        intervals: labIntervals,
        stagger: 0,
      },
      { octopus, clock, share, apiKey: async () => apiKey, tell: (line) => void this.told.push(line) },
    );
    this.#nodes.push(node);
    return node;
  }

  async started(name: string, options?: { cap: number }): Promise<SimulatedNode> {
    const node = this.node(name, options);
    await node.start(signal);
    return node;
  }

  submit(count: number, { duration = 1_000, asksHuman = false } = {}): Promise<readonly string[]> {
    const order = { count, duration: { shortest: duration, longest: duration }, asksHuman };
    return submitTasks(this.octopus, order, () => 0.5, signal);
  }

  async execute(...queries: readonly Query[]): Promise<void> {
    await this.octopus.change(
      queries.map((query) => ({ query, expects: 'any' })),
      signal,
    );
  }

  async rows(query: Query): Promise<readonly Row[]> {
    const [rows = []] = await this.octopus.read([query], signal);
    return rows;
  }

  setDrainFlag(name: string, draining: boolean): Promise<void> {
    return this.execute(sql`UPDATE dbo.OctopusServerNode SET IsInMaintenanceMode = ${draining} WHERE Name = ${name}`);
  }

  /** `State` or `State on node`, by the number of the task. */
  async states(): Promise<readonly string[]> {
    const rows = await this.rows(
      sql`SELECT State AS state, ServerNodeId AS node FROM dbo.ServerTask ORDER BY CAST(REPLACE(Id, 'ServerTasks-', '') AS int)`,
    );
    return rows.map(({ state, node }) =>
      node === null ? String(state) : `${state} on ${String(node).replace('OctopusServerNodes-', '')}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes) await node.stop(signal);
    await this.#database[Symbol.asyncDispose]();
  }
}
