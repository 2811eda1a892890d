import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqlite } from '../../../src/adapters/sqlite/session.js';
import { systemClock } from '../../../src/adapters/system-clock.js';
import type { Row } from '../../../src/ports/database.js';
import { type BuiltCli, builtCli } from '../built-cli.js';
import { eventually } from '../eventually.js';

const { signal } = new AbortController();

/** Why tests over a lab's machines are skipped here. */
export const noMachines = process.platform === 'win32' && 'machines run commands by sh';

export interface LabStatus {
  readonly nodes: readonly { readonly name: string; readonly url: string; readonly pid: number | null }[];
  readonly ssh: { readonly pid: number | null };
}

export interface Watching extends AsyncDisposable {
  /** The most nodes that were draining, had stopped, or did not say that they serve, at one moment. */
  readonly mostOut: number;
  /** Looks that succeeded. */
  readonly looks: number;
}

/** The built command line over a lab of its own, looked at from outside by its database and its machines' disks. */
export interface KillableLab extends AsyncDisposable {
  readonly cli: BuiltCli;
  readonly home: string;
  /** Exits 0, or the test fails with what it said. */
  ok(line: string): Promise<string>;
  rows(sql: string): Promise<readonly Row[]>;
  /** Brings up so many nodes, and whatever else is missing. */
  up(nodes: number, cap?: number): Promise<void>;
  status(): Promise<LabStatus>;
  /** The newest operation, as `operation list` tells it. */
  lastOperation(): Promise<{ readonly id: string; readonly kind: string; readonly state: string } | undefined>;
  /** Until an operation that is not this earlier one has begun so many steps, or its command has ended. */
  untilSteps(earlier: string | undefined, steps: number, ended: Promise<unknown>): Promise<void>;
  /** Looks several times a second which nodes are out: by their rows, and where nobody kills nodes by their pings too. */
  watch(how?: 'rows' | 'rows and pings'): Watching;
  /** Until every node of the cluster runs and takes tasks. */
  untilReady(): Promise<void>;
}

/** `settings` are kept with the cluster after each `up`: times that a lab without a balancer need not wait. */
export async function killableLab(
  balancer: 'none' | 'haproxy' = 'none',
  settings: Readonly<Record<string, number>> = balancer === 'none' ? { 'lb.outAfter': 300, 'lb.inAfter': 300 } : {},
): Promise<KillableLab> {
  const cli = await builtCli();
  const home = cli.env['OCTO_HA_LAB_HOME'] ?? '';
  const session = openSqlite({ directory: join(home, 'database'), clock: systemClock });

  async function ok(line: string): Promise<string> {
    const { code, stdout, stderr } = await cli.run(line);
    assert.equal(code, 0, `octo-ha ${line}: ${stderr}`);
    return stdout;
  }

  async function rows(sql: string): Promise<readonly Row[]> {
    const [found = []] = await session.read([{ sql, parameters: [] }], signal);
    return found;
  }

  const lastOperation: KillableLab['lastOperation'] = async () => {
    const [last] = await rows('SELECT id, kind, state FROM octo_ha.operation ORDER BY started DESC, id DESC LIMIT 1');
    return last && { id: String(last['id']), kind: String(last['kind']), state: String(last['state']) };
  };

  return {
    cli,
    home,
    ok,
    rows,
    lastOperation,
    async up(nodes, cap = 5) {
      await ok(`lab up --nodes ${nodes} --cap ${cap} --balancer ${balancer}`);
      const steps = Object.entries(settings).map(([name, value]) => ({
        sql: 'UPDATE octo_ha.setting SET value = ? WHERE name = ?',
        parameters: [String(value), name],
        expects: 1,
      }));
      if (steps.length > 0) await session.change(steps, signal);
    },
    status: async () => JSON.parse(await ok('lab status --json')) as LabStatus,
    async untilSteps(earlier, steps, ended) {
      let isOver = false;
      void ended.then(() => {
        isOver = true;
      });
      for (; steps > 0 && !isOver; await sleep(25)) {
        const { id } = (await lastOperation()) ?? {};
        const [row] = await rows(`SELECT COUNT(*) AS n FROM octo_ha.step WHERE operation_id = '${id}'`);
        if (id !== earlier && Number(row?.['n']) >= steps) return;
      }
    },
    watch(how = 'rows and pings') {
      const stopping = new AbortController();
      const seen = { mostOut: 0, looks: 0 };
      const looking = (async () => {
        while (!stopping.signal.aborted) {
          const nodes = await rows(
            `SELECT n.Name AS name, n.IsInMaintenanceMode + s.IsOffline AS is_out, a.url AS url
              FROM dbo.OctopusServerNode AS n
              JOIN dbo.OctopusServerNodeStatus AS s ON s.OctopusServerNodeId = n.Id
              JOIN octo_ha.node AS a ON a.node_id = n.Id`,
          ).catch(() => undefined);
          const serves = async (node: Row) => how === 'rows' || (await answers(String(node['url'])));
          const serving = await Promise.all((nodes ?? []).map(serves));
          const out = nodes?.filter((node, i) => Number(node['is_out']) > 0 || serving[i] !== true);
          if (out !== undefined) seen.looks++;
          seen.mostOut = Math.max(seen.mostOut, out?.length ?? 0);
          await sleep(100);
        }
      })();
      return {
        get mostOut() {
          return seen.mostOut;
        },
        get looks() {
          return seen.looks;
        },
        async [Symbol.asyncDispose]() {
          stopping.abort();
          await looking;
        },
      };
    },
    async untilReady() {
      await eventually(
        async () => {
          const { stdout } = await cli.run('status --json');
          const { nodes } = JSON.parse(stdout) as { nodes: { name: string; state: string }[] };
          assert.deepEqual(
            nodes.filter(({ state }) => state !== 'running').map(({ name, state }) => `${name} ${state}`),
            [],
          );
        },
        { within: 90_000, every: 500 },
      );
    },
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      await cli[Symbol.asyncDispose]();
    },
  };
}

/** Whether a node says of itself that it serves. Without a connection that stays: a node is stopped when it has none. */
async function answers(url: string): Promise<boolean> {
  const asked = get(`${url}/api/octopusservernodes/ping`, { agent: false, timeout: 5_000 });
  asked.on('timeout', () => asked.destroy());
  try {
    const [{ statusCode }] = (await once(asked, 'response')) as [IncomingMessage];
    return statusCode === 200;
  } catch {
    return false;
  } finally {
    asked.destroy();
  }
}

/** What has been done to the machine of a node under an operation: each effect that succeeded, as its record tells. */
export async function effectsOn(home: string, machine: string, operation: string): Promise<readonly string[]> {
  const records = join(home, 'machines', machine, 'var/lib/octo-ha');
  const found: { readonly step: number; readonly effect: string }[] = [];
  for (const name of await readdir(records).catch(() => [])) {
    const step = name.startsWith(`record-${operation}.`) ? Number(name.split('.').at(-1)) : Number.NaN;
    if (Number.isNaN(step)) continue;
    const [, action = ''] = (await readFile(join(records, name, 'started'), 'utf8')).split(' ');
    const [code = ''] = (await readFile(join(records, name, 'exit'), 'utf8').catch(() => '')).split(' ');
    if (code === '0') found.push({ step, effect: action });
  }
  return found.sort((a, b) => a.step - b.step).map(({ effect }) => effect);
}

const changing = new Set(['start', 'stop', 'restart', 'enable', 'disable', 'mask', 'unmask', 'reboot']);

/** Calls on a machine that changed its service, since it was made. */
export async function changingCalls(home: string, machine: string): Promise<readonly string[]> {
  const text = await readFile(join(home, 'machines', machine, 'calls.ndjson'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { program: string; argv: readonly string[] })
    .filter(({ program, argv: [verb = ''] }) => program === 'systemctl' && changing.has(verb))
    .map(({ argv }) => argv.join(' '));
}
