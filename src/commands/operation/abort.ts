import { abortOperation } from '../../operations/journal/abort.js';
import { showOperation } from '../../operations/journal/read-journal.js';
import { readStatus } from '../../operations/read-status.js';
import { command } from '../command.js';
import { askConsent } from '../consent.js';
import { operating } from '../operating.js';

export const operationAbort = command({
  name: 'operation abort',
  summary: 'Give up an unfinished operation and undo what can be undone',
  args: ['operation'],
  options: {},
  examples: [['octo-ha operation abort 20260301-100000-k7f3', 'The node takes tasks again; what stays is said.']],
  async run({ operation: id }, context) {
    const { signal, terminal, globals } = context;
    const cluster = await context.cluster();
    const { operation } = await showOperation(cluster, id, signal);
    const look = await readStatus(cluster, signal);
    terminal.say(`${id}: ${operation.kind} ${operation.nodes.join(', ')} by ${operation.who}, ${operation.state}`);
    if (globals.dryRun) {
      const text = `would give ${id} up and undo what can be undone`;
      return { json: { dryRun: true, operation: id }, text, names: [id] };
    }
    await askConsent('moderate', 'Give it up and undo what can be undone?', id, context);
    const { undone, left } = await abortOperation(await operating(context), operation, look, signal);
    return {
      json: { operation: id, undone, left },
      text: [`${id} is given up`, ...undone, ...left].join('\n'),
      names: [id],
    };
  },
});
