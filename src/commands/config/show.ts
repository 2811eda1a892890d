import { formatDuration } from '../../cluster/duration.js';
import { effectiveValues } from '../../configuration/effective.js';
import { table } from '../../render/table.js';
import { visible } from '../../render/visible.js';
import { command } from '../command.js';
import type { Context } from '../context.js';
import { environmentVariables, settable } from '../environment.js';

interface Value {
  readonly key: string;
  readonly value: unknown;
  readonly source: 'flag' | 'environment' | 'file' | 'default';
}

export const configShow = command({
  name: 'config show',
  summary: 'Show what holds here, and where each value comes from',
  description:
    'A flag goes before the environment (OCTO_HA_…), that before the context file, and that before the default. ' +
    'Secrets are masked.',
  args: [],
  options: {},
  examples: [
    ['octo-ha config show', 'The selected context.'],
    ['octo-ha config show --context prod --json', 'Another one, for a script.'],
  ],
  async run(_input, context) {
    const { globals, configurationFile, terminal } = context;
    const { contexts, current } = await context.configuration();
    const name = globals.context ?? current;
    const chosen = name !== undefined && Object.hasOwn(contexts, name) ? contexts[name] : undefined;
    const text = await configurationFile.read();
    const values: Value[] = settable.map((key) => ({
      key,
      value: globals[key] ?? null,
      source: globals.sources[key] ?? 'default',
    }));
    if (chosen !== undefined && name !== undefined) {
      for (const { key, value, source } of effectiveValues(text, name, chosen)) {
        const isConnection = key === 'database.connection';
        const shown = isConnection ? await masked(String(value), context) : value;
        // A connection has no default: what is not in the file is from OCTO_HA_DATABASE.
        values.push({ key, value: shown, source: isConnection && source === 'default' ? 'environment' : source });
      }
    }
    const rows = values.map((one) => [one.key, visible(shownValue(one)), sourceText(one)]);
    return {
      json: { path: configurationFile.path, context: name ?? null, values },
      paged: true,
      text: [
        `file     ${configurationFile.path}`,
        `context  ${name ?? 'none is chosen'}${name !== undefined && chosen === undefined ? ', which is not there' : ''}`,
        '',
        table(['SETTING', 'VALUE', 'FROM'], rows, terminal.out),
      ].join('\n'),
      names: values.map(({ key }) => key),
    };
  },
});

async function masked(connection: string, { partConnection }: Pick<Context, 'partConnection'>): Promise<string> {
  try {
    const parted = await partConnection(connection);
    return parted.password === undefined ? connection : `${parted.connection};Password=***`;
  } catch {
    return '*** (it cannot be read)';
  }
}

const durations = new Set(['timeout', 'waitLease', 'deadline']);

function shownValue({ key, value }: Value): string {
  if (value === null || value === undefined) return '-';
  if (durations.has(key) && typeof value === 'number') return formatDuration(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function sourceText({ key, source }: Value): string {
  if (source !== 'environment') return source;
  return key === 'database.connection' ? 'OCTO_HA_DATABASE' : (environmentVariables.get(key) ?? source);
}
