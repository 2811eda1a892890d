import { watchOperation } from '../../operations/journal/watch-operation.js';
import { operationShowJson, operationText, progressLine } from '../../render/operations-text.js';
import { command } from '../command.js';

export const operationWatch = command({
  name: 'operation watch',
  summary: 'Follow an operation of anybody until it ends',
  description: 'Only watches: Ctrl-C ends the watching and not the operation.',
  args: ['operation'],
  options: {},
  examples: [['octo-ha operation watch 20260301-100000-k7f3', 'A line when its state or a step changes.']],
  async run({ operation: id }, { cluster, terminal, signal }) {
    const details = await watchOperation(await cluster(), id, (now) => terminal.say(progressLine(now)), signal);
    return { json: operationShowJson(details), text: operationText(details, terminal.out), names: [id] };
  },
});
