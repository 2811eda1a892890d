import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqlite } from '../../../src/adapters/sqlite/session.js';
import { systemClock } from '../../../src/adapters/system-clock.js';
import type { CheckId } from '../../../src/checks/check.js';
import type { Row } from '../../../src/ports/database.js';
import { type BuiltCli, builtCli } from '../built-cli.js';
import { eventually } from '../eventually.js';

const { signal } = new AbortController();

export interface Finding {
  readonly id: CheckId;
  readonly node: string | null;
  readonly status: string;
  readonly problem: string | null;
}

interface LabRecord {
  readonly machines: readonly { readonly name: string; readonly ssh: number; readonly port: number }[];
  readonly balancer: { readonly port: number };
}

type Value = string | number | boolean | null;

/** Takes back what was broken. */
export type Undo = () => Promise<void>;

/** The built command line over a lab with HAProxy, in which things are broken from outside. */
export interface FaultLab extends AsyncDisposable {
  readonly cli: BuiltCli;
  readonly home: string;
  readonly record: LabRecord;
  /** Exits 0, or the test fails with what it said. */
  ok(line: string): Promise<string>;
  /** What is on the disk of a machine. */
  disk(machine: string, path: string): string;
  rows(sql: string): Promise<readonly Row[]>;
  execute(sql: string, ...parameters: readonly Value[]): Promise<void>;
  /** A call of a program of a simulated machine, as somebody who is logged in there makes it. */
  onMachine(machine: string, program: string, ...argv: readonly string[]): Promise<number | null>;
  /** Of the node, the balancer or the machines. */
  pidOf(what: string): Promise<number>;
  /** Another text in a file, and the old one again. */
  rewrite(path: string, change: (text: string) => string): Promise<Undo>;
  /** Another configuration for HAProxy, which takes it without losing a request. */
  balance(change: (configuration: string) => string): Promise<Undo>;
  /** What doctor finds, in its order; `within` is a program that becomes it, in surroundings of its own. */
  findings(options?: string, within?: readonly string[]): Promise<readonly Finding[]>;
  /** Until doctor finds nothing. */
  healthy(): Promise<void>;
}

export async function faultLab(): Promise<FaultLab> {
  const cli = await builtCli();
  const home = cli.env['OCTO_HA_LAB_HOME'] ?? '';

  async function ok(line: string): Promise<string> {
    const { code, stdout, stderr } = await cli.run(line);
    assert.equal(code, 0, `octo-ha ${line}: ${stderr}`);
    return stdout;
  }

  await ok('lab up --nodes 3 --unwatched --balancer haproxy');
  const session = openSqlite({ directory: join(home, 'database'), clock: systemClock });
  const record = JSON.parse(await readFile(join(home, 'lab.json'), 'utf8')) as LabRecord;
  const disk = (machine: string, path: string) => join(home, 'machines', machine, path);

  async function pidOf(what: string): Promise<number> {
    const { nodes, balancer, ssh } = JSON.parse(await ok('lab status --json')) as {
      readonly nodes: readonly { readonly name: string; readonly pid: number | null }[];
      readonly balancer: { readonly pid: number | null };
      readonly ssh: { readonly pid: number | null };
    };
    const pid =
      what === 'balancer' ? balancer.pid : what === 'machines' ? ssh.pid : nodes.find(({ name }) => name === what)?.pid;
    assert.ok(pid, `${what} does not run`);
    return pid;
  }

  async function rewrite(path: string, change: (text: string) => string): Promise<Undo> {
    const before = await readFile(path, 'utf8');
    const after = change(before);
    assert.notEqual(after, before, `nothing was changed in ${path}`);
    await writeFile(path, after);
    return () => writeFile(path, before);
  }

  async function findings(options = '', within?: readonly string[]): Promise<readonly Finding[]> {
    const line = `doctor --json --timeout 3s --check-deadline 6s ${options}`;
    const { stdout, stderr } = await cli.run(line, within);
    assert.ok(stdout.startsWith('{'), stderr);
    const { results = [] } = JSON.parse(stdout) as { readonly results?: readonly Finding[] };
    return results.filter(({ status }) => ['warn', 'fail', 'unknown', 'crash'].includes(status));
  }

  const lab: FaultLab = {
    ...{ cli, home, record, ok, disk, pidOf, rewrite, findings },
    async rows(sql) {
      const [found = []] = await session.read([{ sql, parameters: [] }], signal);
      return found;
    },
    async execute(sql, ...parameters) {
      await session.change([{ sql, parameters, expects: 'any' }], signal);
    },
    async onMachine(machine, program, ...argv) {
      const child = spawn(disk(machine, `bin/${program}`), argv, { env: cli.env, stdio: 'ignore' });
      const [code] = (await once(child, 'close')) as [number | null];
      return code;
    },
    async balance(change) {
      const loaded = async () =>
        (await readFile(join(home, 'logs/balancer.log'), 'utf8')).split('Loading success').length;
      const reload = async () => {
        const before = await loaded();
        // A master that is still at the last reload does not hear of the next one.
        await eventually(async () => {
          process.kill(await pidOf('balancer'), 'SIGUSR2');
          await eventually(async () => assert.ok((await loaded()) > before), { within: 5_000 });
        });
      };
      const back = await rewrite(join(home, 'run/haproxy.cfg'), change);
      await reload();
      return async () => {
        await back();
        await reload();
      };
    },
    async healthy() {
      await eventually(async () => assert.deepEqual(inWords(await findings()), []), { within: 90_000, every: 200 });
    },
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      await cli[Symbol.asyncDispose]();
    },
  };
  await lab.healthy();
  return lab;
}

export const inWords = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ id, node, status, problem }) => `${status} ${id}${node === null ? '' : ` ${node}`}: ${problem}`);
