import type { Finished, Shell } from '../../src/ports/shell.js';

interface Recorded {
  readonly token: number;
  readonly action: string;
  readonly boot: string;
  exitCode?: number;
  output: string;
  result: string;
}

/** What happens on the machine when its service is stopped or started, and when it begins anew. */
export interface FakeMachineHooks {
  stopped?(): Promise<void>;
  started?(): Promise<void>;
}

/** An instance of Octopus Server, as a machine's own disk has it. */
export interface FakeInstance {
  readonly name: string;
  readonly nodeName: string;
  connection?: string;
  masterKey?: string;
  cap: number;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const plain = (text: string) => Buffer.from(text, 'base64').toString('utf8');

/**
 * A machine in memory that answers the wrapper's documents: tokens, steps that are taken once, a service, a watchdog.
 * A contract test holds it to the real wrapper.
 */
export class FakeMachine {
  service: 'active' | 'inactive' = 'active';
  start = 'enabled';
  boot = 'boot-1';
  highest = 0;
  /** Established connections of every port that is asked for. */
  connections = 0;
  /** Cannot be reached. */
  down = false;
  /** What the next own command ends with. */
  exitCode = 0;
  /** Says that it has changed how its service starts, and has not. */
  ignoresStartType = false;
  version = '2025.4.1000';
  /** What its configuration says of itself; without it nothing can be read there. */
  configured: { readonly nodeName: string; readonly databaseName: string } | undefined;
  /** None on a machine that is no node yet. */
  instance: FakeInstance | undefined = { name: 'OctopusServer', nodeName: 'node', cap: 5 };
  /** The service is known to what manages services. */
  isInstalled = true;
  /** What commands were told as variables. */
  readonly variables: Record<string, string> = {};
  /** How often a service was installed that was not there. */
  installations = 0;
  /** What its login may do, and what it reaches; as a survey tells it. */
  survey = { platform: 'Linux', user: '0', free: '52428800', reach: 'open' };
  /** Every effect that was carried out, in order: a step that is asked for twice stands here once. */
  readonly effects: string[] = [];
  readonly #records = new Map<string, Recorded>();
  readonly #hooks: FakeMachineHooks;

  constructor(hooks: FakeMachineHooks = {}) {
    this.#hooks = hooks;
  }

  readonly shell: Shell = {
    name: 'a machine in memory',
    run: async (_bootstrap, document, signal) => {
      signal.throwIfAborted();
      if (this.down) {
        const { Failure } = await import('../../src/errors.js');
        throw new Failure('unreachable', 'the machine cannot be reached');
      }
      const asked = JSON.parse(document);
      if (asked.verb === undefined) return this.#probed();
      const { state, ...more } = await this.#answer(asked);
      const always = { state, highest: String(this.highest), boot: this.boot };
      return said(`octo-ha:${JSON.stringify({ ...always, ...more })}\n`);
    },
    [Symbol.asyncDispose]: async () => {},
  };

  /** A step began and is gone without a result, as at a power cut. */
  lose(operation: string, step: string): void {
    const record = this.#records.get(`${operation}.${step}`);
    if (record) delete record.exitCode;
  }

  async #answer(document: Readonly<Record<string, string>>): Promise<{ state: string; [key: string]: unknown }> {
    const { verb, operation, step, token = '0' } = document;
    if (verb === 'look') {
      const { ports = '' } = document;
      const loaded = this.isInstalled
        ? `LoadState=loaded\nActiveState=${this.service}\nUnitFileState=${this.start}\n`
        : 'LoadState=not-found\nActiveState=inactive\nUnitFileState=\n';
      const counts =
        ports === ''
          ? ''
          : ports
              .split(':')
              .map(() => this.connections)
              .join(' ');
      return { state: 'looked', exitCode: '0', result: base64(loaded), connections: counts };
    }
    if (verb === 'survey')
      return { state: 'surveyed', result: base64(this.#surveyed(plain(document['targets'] ?? ''))) };
    const key = `${operation}.${step}`;
    if (verb !== 'read') {
      if (Number(token) < this.highest) return { state: 'refused' };
      this.highest = Number(token);
    }
    if (verb === 'show') return { state: 'shown' };
    if (verb === 'run' && !this.#records.has(key)) await this.#take(key, document);
    const record = this.#records.get(key);
    if (record === undefined) return { state: 'not-started' };
    return { state: record.exitCode === undefined ? 'lost' : 'finished', record: told(record) };
  }

  async #take(key: string, document: Readonly<Record<string, string>>): Promise<void> {
    const { action = '', token = '0', value = '', former = '' } = document;
    const record: Recorded = { token: Number(token), action, boot: this.boot, output: '', result: '' };
    this.#records.set(key, record);
    this.effects.push(value === '' ? action : `${action} ${value}`);
    const words = (document['words'] ?? []) as unknown as string[];
    const secrets = ((document['secrets'] ?? []) as unknown as string[]).map(plain);
    for (const secret of secrets.filter((one) => one.startsWith('variable:'))) {
      const [name = '', value = ''] = secret.slice('variable:'.length).split(/=(.*)/s);
      this.variables[name] = value;
    }
    const more = secrets.filter((secret) => secret.startsWith('word:')).map((secret) => base64(secret.slice(5)));
    record.exitCode = await this.#act(action, value, former, [...words, ...more], record);
  }

  #probed(): Finished {
    if (this.configured === undefined) return { exitCode: 1, stdout: '', stderr: 'nothing to be read' };
    const empty = Object.fromEntries([
      ...['osName', 'osVersion', 'host', 'user', 'databaseServer', 'home', 'version', 'proxy'].map((key) => [key, '~']),
      ...['timeSynchronised', 'rebootPending', 'listening', 'pollers', 'watchdog', 'log'].map((key) => [key, null]),
      ...['clock', 'utcOffsetMinutes', 'uptimeSeconds', 'processors', 'load', 'memoryBytes'].map((key) => [key, 0]),
      ...['memoryAvailableBytes', 'instances'].map((key) => [key, 0]),
      ...['folders', 'reach', 'names'].map((key) => [key, []]),
    ] as const);
    const { nodeName, databaseName } = this.configured;
    const service = { state: '~running', automatic: null, account: '~', restarts: 0 };
    const told = { ...empty, os: 'linux', service, nodeName: base64(nodeName), databaseName: base64(databaseName) };
    return said(`octo-ha-probe:${JSON.stringify(told)}\n`);
  }

  #surveyed(targets: string): string {
    const { platform, user, free, reach } = this.survey;
    const instances = this.instance === undefined ? [] : [{ InstanceName: this.instance.name }];
    return [
      ...[`platform ${platform}`, 'machine fake', `user ${user}`, `version 0 ${this.version}`],
      ...[`list-instances 0 ${JSON.stringify(instances)}`, `free ${free}`],
      ...targets.split(' ').flatMap((target) => (target === '' ? [] : [`target ${target} ${reach}`])),
    ].join('\n');
  }

  /** The commands of Octopus Server that make a node of a machine. Answers with the exit code. */
  #octopus(command: string, flags: ReadonlyMap<string, string>, record: Recorded): number {
    this.effects.push(`octopus ${command}`);
    if (command === 'create-instance') {
      if (this.instance !== undefined) {
        record.output = 'Instance already exists on this machine.\n';
        return 1;
      }
      this.instance = { name: flags.get('instance') ?? '', nodeName: flags.get('serverNodeName') ?? '', cap: 5 };
      return 0;
    }
    const { instance } = this;
    if (instance === undefined) return 1;
    if (command === 'database') {
      Object.assign(instance, { connection: flags.get('connectionString'), masterKey: flags.get('masterKey') });
    }
    if (command === 'node') instance.cap = Number(flags.get('taskCap'));
    if (command === 'service' && flags.has('install') && !this.isInstalled) {
      this.isInstalled = true;
      this.installations++;
    }
    return 0;
  }

  async #act(action: string, value: string, former: string, words: string[] = [], record: Recorded): Promise<number> {
    switch (action) {
      case 'service-stop':
        this.service = 'inactive';
        await this.#hooks.stopped?.();
        return 0;
      case 'service-start':
        if (this.start === 'masked') return 1;
        this.service = 'active';
        await this.#hooks.started?.();
        return 0;
      case 'set-start-type': {
        const before = this.start;
        if (!this.ignoresStartType)
          this.start = { auto: 'enabled', manual: 'disabled', disabled: 'masked', former }[value] ?? before;
        record.result = `${before}\n${this.start}\n`;
        return 0;
      }
      case 'reboot':
        this.boot = `${this.boot}+`;
        return 0;
      case 'run': {
        const [program = '', command = '', ...rest] = words.map(plain);
        if (program.endsWith('Octopus.Server') && command !== 'version') {
          return this.#octopus(command, flagsIn(rest), record);
        }
        const line = words.map(plain).join(' ');
        if (line.endsWith(' version')) record.output = `${this.version}\n`;
        return line.endsWith(' version') ? 0 : this.exitCode;
      }
      default:
        return 0;
    }
  }
}

/** `--name value`, `--name=value` and `--name`. */
function flagsIn(words: readonly string[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  for (const [i, word] of words.entries()) {
    const [, name = '', value] = /^--(\w+)(?:=(.*))?$/s.exec(word) ?? [];
    const next = words[i + 1] ?? '';
    if (name !== '') flags.set(name, value ?? (next.startsWith('--') ? '' : next));
  }
  return flags;
}

const said = (stdout: string): Finished => ({ exitCode: 0, stdout, stderr: '' });

const told = ({ token, action, boot, exitCode, output, result }: Recorded) => ({
  token: String(token),
  action,
  startedAt: '2026-03-01T10:00:00Z',
  boot,
  exitCode: exitCode === undefined ? '' : String(exitCode),
  finishedAt: exitCode === undefined ? '' : '2026-03-01T10:00:01Z',
  output: base64(output),
  result: base64(result),
});
