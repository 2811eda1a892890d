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
  version = '2025.4.1000';
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
      const { state, ...more } = await this.#answer(JSON.parse(document));
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
      const loaded = `LoadState=loaded\nActiveState=${this.service}\nUnitFileState=${this.start}\n`;
      const counts =
        ports === ''
          ? ''
          : ports
              .split(':')
              .map(() => this.connections)
              .join(' ');
      return { state: 'looked', exitCode: '0', result: base64(loaded), connections: counts };
    }
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
    record.exitCode = await this.#act(action, value, former, document['words'] as unknown as string[], record);
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
        this.start = { auto: 'enabled', manual: 'disabled', disabled: 'masked', former }[value] ?? before;
        record.result = `${before}\n${this.start}\n`;
        return 0;
      }
      case 'reboot':
        this.boot = `${this.boot}+`;
        return 0;
      case 'run': {
        const line = words.map(plain).join(' ');
        if (line.endsWith(' version')) record.output = `${this.version}\n`;
        return line.endsWith(' version') ? 0 : this.exitCode;
      }
      default:
        return 0;
    }
  }
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
