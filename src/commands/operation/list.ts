import { listOperations } from '../../operations/journal/read-journal.js';
import { operationJson } from '../../render/json.js';
import { operationsTable } from '../../render/operations-text.js';
import { command } from '../command.js';

export const operationList = command({
  name: 'operation list',
  summary: 'List the journaled changes, newest first',
  args: [],
  options: {},
  examples: [['octo-ha operation list', 'Who changed what, and what is unfinished.']],
  async run(_input, { cluster, terminal, signal }) {
    const operations = await listOperations(await cluster(), signal);
    return {
      json: { operations: operations.map(operationJson) },
      paged: true,
      text:
        operations.length === 0 ? 'nothing was changed with octo-ha yet' : operationsTable(operations, terminal.out),
      names: operations.map(({ id }) => id),
    };
  },
});
