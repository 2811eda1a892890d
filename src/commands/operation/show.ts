import { showOperation } from '../../operations/journal/read-journal.js';
import { operationShowJson, operationText } from '../../render/operations-text.js';
import { command } from '../command.js';

export const operationShow = command({
  name: 'operation show',
  summary: 'Show one operation with its steps',
  args: ['operation'],
  options: {},
  examples: [['octo-ha operation show 20260301-100000-k7f3', 'Who, why, and each step with its result.']],
  async run({ operation: id }, { cluster, terminal, signal }) {
    const details = await showOperation(await cluster(), id, signal);
    return { json: operationShowJson(details), text: operationText(details, terminal.out), names: [id], paged: true };
  },
});
