import { setMaxListeners } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { detachedProcesses } from '../../src/adapters/detached-processes.js';
import type { LabHost } from '../../src/lab/host.js';
import { loadWeb } from '../../src/lab/load/web-load.js';
import { requireLab } from '../../src/lab/look.js';
import { stopNode } from '../../src/lab/nodes.js';
import { labPaths, nodeUrl } from '../../src/lab/record.js';
import { bringUp } from '../../src/lab/up.js';
import { type BalancedNode, type BalancerTiming, pingPath } from '../../src/load-balancer/balancer.js';
import { balancers } from '../../src/load-balancer/index.js';
import { renderBalancer } from '../../src/load-balancer/render.js';
import { healthOf } from '../../src/load-balancer/site.js';
import type { Http } from '../../src/ports/http.js';
import { type BalancerProgram, testsConfiguration } from './balancer-programs.js';
import { eventually } from './eventually.js';
import { labPlace } from './lab.js';

const { signal } = new AbortController();
// Many wait at once, and none of them for ever.
setMaxListeners(0, signal);

/** As quick as a lab is. */
const standHealth = { interval: 500, fall: 2, rise: 2, checkTimeout: 2_000 };

export interface LoadCount {
  readonly sent: number;
  readonly failed: number;
  /** Why, as far as the client knows, with how often. */
  readonly reasons: Readonly<Record<string, number>>;
  /** When the last of those that failed was begun; 0 where none did. */
  readonly lastFailed: number;
}

export interface LoadOutcome {
  readonly reads: LoadCount;
  readonly writes: LoadCount;
  /** Writes that reached two nodes, or one of them twice. */
  readonly doubled: readonly string[];
}

/** A real load balancer in front of lab nodes, and people who use it. */
export class BalancerStand implements AsyncDisposable {
  readonly #program: BalancerProgram;
  readonly #host: LabHost;
  readonly #folder: string;
  readonly #configure: (nodes: readonly BalancedNode[], port: number) => string;
  readonly #cleanUp: (() => Promise<void>)[] = [];
  readonly #drained = new Set<string>();
  /** When each node last gave an answer through the balancer. */
  readonly lastAnswer = new Map<string, number>();
  #nodes: readonly string[] = [];
  #port = 0;
  #pid = 0;
  #requests = 0;

  private constructor(
    program: BalancerProgram,
    host: LabHost,
    folder: string,
    configure: (nodes: readonly BalancedNode[], port: number) => string,
  ) {
    this.#program = program;
    this.#host = host;
    this.#folder = folder;
    this.#configure = configure;
  }

  static async start(
    program: BalancerProgram,
    programs: LabHost['programs'],
    configure: (nodes: readonly BalancedNode[], port: number) => string = renderedBy(program),
  ): Promise<BalancerStand> {
    const place = await labPlace(programs);
    const folder = await mkdtemp(join(tmpdir(), `octo-ha-${program.name}-`));
    const stand = new BalancerStand(program, place.host, folder, configure);
    stand.#cleanUp.push(
      () => rm(folder, { recursive: true, force: true }),
      async () => await place[Symbol.asyncDispose](),
    );
    try {
      await stand.#begin();
      return stand;
    } catch (error) {
      await stand[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #begin(): Promise<void> {
    await this.up(3);
    const [port = 0] = await this.#host.ports.free(1);
    this.#port = port;
    const main = await this.#write();
    const log = join(this.#folder, 'balancer.log');
    const started = await detachedProcesses.start(
      { file: this.#program.file ?? '', args: [...this.#program.run(main)] },
      log,
    );
    this.#pid = started.pid;
    this.#cleanUp.push(async () => {
      process.kill(started.pid, 'SIGTERM');
      await started.ended;
    });
    let over = false;
    void started.ended.then(() => {
      over = true;
    });
    await eventually(async () => {
      if (over) throw new Error(await readFile(log, 'utf8'));
      await this.answersFrom(this.#nodes);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get timing(): BalancerTiming {
    const product = balancers.get(this.#program.name);
    if (product === undefined) throw new Error(this.#program.name);
    return product.timing(healthOf(standHealth));
  }

  /** Starts nodes until so many run. */
  async up(nodes: number): Promise<void> {
    await bringUp(this.#host, { nodes, cap: 5, watched: false, balancer: 'none', tell: () => {} }, signal);
    this.#nodes = (await requireLab(this.#host)).machines.map(({ name }) => name);
  }

  /** Writes the configuration for the nodes as they are, lets the program test it, and reloads it. */
  async reload(): Promise<void> {
    const main = await this.#write();
    const fine = testsConfiguration(this.#program, main);
    if (fine !== true) throw new Error(fine);
    await this.#program.reload(main, this.#pid);
  }

  async #write(): Promise<string> {
    const { machines } = await requireLab(this.#host);
    const balanced = machines.map((node) => ({
      name: node.name,
      url: nodeUrl(node),
      drained: this.#drained.has(node.name),
    }));
    const rendered = join(this.#folder, 'rendered.conf');
    await writeFile(rendered, this.#configure(balanced, this.#port));
    return await (this.#program.live ?? this.#program).main(this.#folder, rendered);
  }

  /** Sets the drain flag and waits until the node's own ping follows. */
  async drain(name: string, draining: boolean): Promise<void> {
    if (draining) this.#drained.add(name);
    else this.#drained.delete(name);
    await using octopus = this.#host.openDatabase(this.#host.home.pathOf(labPaths.database), { create: false });
    const query = sql`UPDATE dbo.OctopusServerNode SET IsInMaintenanceMode = ${draining} WHERE Name = ${name}`;
    await octopus.change([{ query, expects: 1 }], signal);
    const node = (await requireLab(this.#host)).machines.find((one) => one.name === name);
    if (node === undefined) throw new Error(name);
    await eventually(async () => {
      const { status } = await this.#host.http.send({ url: `${nodeUrl(node)}${pingPath}`, timeout: 2_000 }, signal);
      if (status !== (draining ? 418 : 200)) throw new Error(`${name} answers ${status}`);
    });
  }

  async stop(name: string, how: 'stop' | 'kill'): Promise<void> {
    await stopNode(this.#host, name, how, signal);
  }

  /** Waits until each of these nodes has answered through the balancer. */
  async answersFrom(names: readonly string[]): Promise<void> {
    const seen = new Set<string | undefined>();
    await eventually(
      async () => {
        const answer = await this.#host.http.send({ url: this.url, timeout: 5_000 }, signal);
        seen.add(answer.headers['octopus-node']);
        const missing = names.filter((name) => !seen.has(name));
        if (missing.length > 0) throw new Error(`no answer from ${missing.join(', ')}`);
        // Apache forgets a node for a minute after its first error, unless it is told otherwise.
      },
      { within: 90_000 },
    );
  }

  /** Uses it as people would while something happens to it, and counts what fails. */
  async whileUsed({ rate }: { readonly rate: number }, happens: () => Promise<void>): Promise<LoadOutcome> {
    await using kept = this.#host.openWeb();
    const counts = { GET: counter(), POST: counter() };
    const run = `run${this.#requests++}`;
    let writes = 0;
    const counting: Http = {
      send: async (request, within) => {
        const { method = 'GET', headers = {} } = request;
        const count = counts[method === 'POST' ? 'POST' : 'GET'];
        const begun = Date.now();
        const id = method === 'POST' ? { 'Lab-Request': `${run}-${writes++}` } : {};
        try {
          const answer = await kept.send({ ...request, headers: { ...headers, ...id } }, within);
          this.lastAnswer.set(answer.headers['octopus-node'] ?? '', Date.now());
          count.add(begun, answer.status < 400 ? undefined : String(answer.status));
          return answer;
        } catch (error) {
          count.add(begun, (error as Error).message);
          throw error;
        }
      },
    };
    const stop = new AbortController();
    const loading = loadWeb({ web: counting, clock: this.#host.clock, urls: [this.url], rate }, stop.signal);
    try {
      await happens();
    } finally {
      stop.abort();
      await loading;
    }
    return { reads: counts.GET.count(), writes: counts.POST.count(), doubled: await this.#doubled(run) };
  }

  /** From the nodes' own logs, which a killed node leaves behind. */
  async #doubled(run: string): Promise<readonly string[]> {
    const folder = this.#host.home.pathOf(labPaths.logs);
    const logs = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
    const ids = logs.flatMap((log) => [...log.matchAll(/ POST (\S+)$/gm)].map(([, id = '']) => id));
    const own = ids.filter((id) => id.startsWith(`${run}-`));
    if (own.length === 0) throw new Error('the nodes have logged no request');
    return own.filter((id, i) => own.indexOf(id) !== i);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const clean of this.#cleanUp.toReversed()) await clean();
  }
}

function counter() {
  let sent = 0;
  let lastFailed = 0;
  const reasons = new Map<string, number>();
  return {
    add(begun: number, reason: string | undefined): void {
      sent++;
      if (reason === undefined) return;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      lastFailed = Math.max(lastFailed, begun);
    },
    count: (): LoadCount => ({
      sent,
      failed: [...reasons.values()].reduce((sum, one) => sum + one, 0),
      reasons: Object.fromEntries(reasons),
      lastFailed,
    }),
  };
}

function renderedBy({ name, live }: BalancerProgram) {
  const product = balancers.get(name);
  if (product === undefined) throw new Error(name);
  return (nodes: readonly BalancedNode[], port: number): string =>
    renderBalancer(
      product,
      nodes,
      { ...standHealth, listen: `127.0.0.1:${port}` },
      { origin: 'a test', format: live?.format },
    );
}
