import { type MachineDisk, type Unit, unitName } from './disk.js';
import type { NodeService } from './node-service.js';

/** What a program on a machine has answered. */
export interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SystemctlSurroundings {
  readonly disk: MachineDisk;
  readonly service: NodeService;
  /** Begins to start the machine anew, and does not wait for it. */
  readonly reboot: () => void;
}

const file = `/usr/lib/systemd/system/${unitName}.service`;
const wanted = `/etc/systemd/system/multi-user.target.wants/${unitName}.service`;
const mask = `/etc/systemd/system/${unitName}.service`;

const done: Said = { exitCode: 0, stdout: '', stderr: '' };
const prints = (stdout: string, exitCode = 0): Said => ({ exitCode, stdout: `${stdout}\n`, stderr: '' });
const fails = (stderr: string, exitCode = 1): Said => ({ exitCode, stdout: '', stderr: `${stderr}\n` });
/** What changes links says so as a remark. */
const remarks = (stderr: string): Said => fails(stderr, 0);

interface Call extends SystemctlSurroundings {
  readonly name: string;
  /** `undefined` where there is no such unit. */
  readonly unit: Unit | undefined;
  readonly runtime: boolean;
  readonly properties: readonly string[];
  readonly signal: AbortSignal;
}

/** systemd's own words and exit codes, for the few things that are asked of a machine's one unit. */
const verbs: Readonly<Record<string, (call: Call) => Promise<Said>>> = {
  show: async (call) => {
    const all = await propertiesOf(call);
    const names = call.properties.length === 0 ? Object.keys(all) : Object.keys(all).filter(asked(call.properties));
    return prints(names.map((name) => `${name}=${all[name]}`).join('\n'));
  },
  'is-enabled': async ({ unit }) => {
    if (unit === undefined) return prints('not-found', 4);
    const state = fileState(unit);
    return prints(state, state.startsWith('enabled') ? 0 : 1);
  },
  'is-active': async (call) => {
    const state = await activity(call);
    return prints(state, state === 'active' ? 0 : call.unit === undefined ? 4 : 3);
  },
  start: (call) => start(call, 'start'),
  stop: async ({ name, unit, service, signal }) => {
    if (unit === undefined) return fails(`Failed to stop ${name}: Unit ${name} not loaded.`, 5);
    await service.stop(signal);
    return done;
  },
  restart: async (call) => {
    if (call.unit !== undefined && call.unit.masked === 'no') await call.service.stop(call.signal);
    return await start(call, 'restart');
  },
  enable: ({ name, unit, runtime, disk }) =>
    change(name, unit, 'enable', async (there) => {
      if (there.masked !== 'no') return fails(`Failed to enable unit: Unit file ${mask} is masked.`);
      const enabled = there.enabled === 'yes' || !runtime ? 'yes' : 'runtime';
      if (enabled === there.enabled) return done;
      await disk.unit.write({ ...there, enabled });
      return remarks(`Created symlink ${wanted} → ${file}.`);
    }),
  disable: ({ name, unit, disk }) =>
    change(name, unit, 'disable', async (there) => {
      if (there.enabled === 'no') return done;
      await disk.unit.write({ ...there, enabled: 'no' });
      return remarks(`Removed "${wanted}".`);
    }),
  mask: ({ name, unit, runtime, disk }) =>
    change(name, unit, 'mask', async (there) => {
      const masked = there.masked === 'yes' || !runtime ? 'yes' : 'runtime';
      if (masked === there.masked) return done;
      await disk.unit.write({ ...there, masked });
      return remarks(`Created symlink ${mask} → /dev/null.`);
    }),
  unmask: ({ name, unit, disk }) =>
    change(name, unit, 'unmask', async (there) => {
      if (there.masked === 'no') return done;
      await disk.unit.write({ ...there, masked: 'no' });
      return remarks(`Removed "${mask}".`);
    }),
};

/** Runs one call of `systemctl`, which does for the unit of the machine's node what the real one would. */
export async function systemctl(
  argv: readonly string[],
  surroundings: SystemctlSurroundings,
  signal: AbortSignal,
): Promise<Said> {
  const { properties, flags, words } = sorted(argv);
  const [verb = '', ...units] = words;
  if (verb === 'daemon-reload') return done;
  if (verb === 'reboot') {
    surroundings.reboot();
    return done;
  }
  const act = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (act === undefined) return fails(`Unknown command verb '${verb}'.`);
  const [given] = units;
  if (given === undefined) return fails('Too few arguments.');
  const name = given.includes('.') ? given : `${given}.service`;
  const unit = name === `${unitName}.service` ? await surroundings.disk.unit.read() : undefined;
  return await act({ ...surroundings, name, unit, properties, runtime: flags.includes('--runtime'), signal });
}

function sorted(argv: readonly string[]) {
  const properties: string[] = [];
  const flags: string[] = [];
  const words: string[] = [];
  const left = [...argv];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const property = /^--property=(.*)$/.exec(word)?.[1] ?? (/^(-p|--property)$/.test(word) ? left.shift() : undefined);
    if (property !== undefined) properties.push(...property.split(','));
    else if (word === '--') words.push(...left.splice(0));
    else (word.startsWith('-') ? flags : words).push(word);
  }
  return { properties, flags, words };
}

async function start({ name, unit, service }: Call, verb: 'start' | 'restart'): Promise<Said> {
  if (unit === undefined) return fails(`Failed to ${verb} ${name}: Unit ${name} not found.`, 5);
  switch (await service.start()) {
    case 'started':
      return done;
    case 'masked':
      return fails(`Failed to ${verb} ${name}: Unit ${name} is masked.`);
    default:
      return fails(`Job for ${name} failed because the control process exited with error code.`);
  }
}

async function change(
  name: string,
  unit: Unit | undefined,
  verb: string,
  act: (unit: Unit) => Promise<Said>,
): Promise<Said> {
  if (unit !== undefined) return await act(unit);
  return fails(`Failed to ${verb} unit: Unit file ${name} does not exist.`);
}

async function propertiesOf(call: Call): Promise<Readonly<Record<string, string>>> {
  const { name, unit, service } = call;
  const active = await activity(call);
  return {
    Id: name,
    MainPID: String((active === 'active' ? service.pid : undefined) ?? 0),
    LoadState: unit === undefined ? 'not-found' : unit.masked === 'no' ? 'loaded' : 'masked',
    ActiveState: active,
    SubState: active === 'active' ? 'running' : active === 'failed' ? 'failed' : 'dead',
    UnitFileState: unit === undefined ? '' : fileState(unit),
  };
}

const asked = (properties: readonly string[]) => (name: string) => properties.includes(name);

async function activity({ unit, service }: Call): Promise<'active' | 'inactive' | 'failed'> {
  if (unit === undefined) return 'inactive';
  return (await service.isRunning()) ? 'active' : service.outcome;
}

function fileState({ enabled, masked }: Unit): string {
  if (masked !== 'no') return masked === 'yes' ? 'masked' : 'masked-runtime';
  return { yes: 'enabled', runtime: 'enabled-runtime', no: 'disabled' }[enabled];
}
