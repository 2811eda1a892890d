import type { ClusterContext } from '../../configuration/configuration.js';
import { table } from '../../render/table.js';
import { command } from '../command.js';

export const contextList = command({
  name: 'context list',
  summary: 'List the clusters that this machine knows',
  args: [],
  options: {},
  examples: [['octo-ha context list', 'Their names, and which one is used when none is named.']],
  async run(_input, context) {
    const { terminal, globals, configurationFile } = context;
    const { contexts, current } = await context.configuration();
    const selected = globals.context ?? current;
    const rows = await Promise.all(
      Object.entries(contexts).map(async ([name, { database }]) => ({
        name,
        selected: name === selected,
        database: await placeOf(database, context),
      })),
    );
    return {
      json: { contexts: rows },
      paged: true,
      text:
        rows.length === 0
          ? `${configurationFile.path} has no context; describe a cluster with: octo-ha context add NAME`
          : table(
              ['', 'CONTEXT', 'DATABASE'],
              rows.map(({ name, selected, database }) => [selected ? '*' : '', name, database]),
              terminal.out,
            ),
      names: rows.map(({ name }) => name),
    };
  },
});

async function placeOf(
  database: ClusterContext['database'],
  { partConnection }: { partConnection: (text: string) => Promise<{ readonly description: string }> },
): Promise<string> {
  if (database.engine === 'sqlite') return database.directory;
  try {
    return (await partConnection(database.connection)).description;
  } catch {
    return 'its connection string cannot be read; see: octo-ha config validate';
  }
}
