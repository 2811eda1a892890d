import { Failure } from '../../errors.js';
import { waysOn } from '../../operations/journal/endings.js';
import { showOperation } from '../../operations/journal/read-journal.js';
import { takeOver } from '../../operations/journal/take-over.js';
import { command } from '../command.js';
import { askConsent } from '../consent.js';
import { operating } from '../operating.js';

export const operationTakeover = command({
  name: 'operation takeover',
  summary: "Take the cluster from somebody else's operation",
  description:
    'Asks its owner to stop, which it does at its next heartbeat. An owner that does not answer within 15 seconds is ' +
    'fenced: nothing it sends is obeyed any more. The operation can then be resumed or aborted.',
  args: ['operation'],
  options: {},
  examples: [
    [
      'octo-ha operation takeover 20260301-100000-k7f3 --reason "laptop lost"',
      'Wants the operation typed, or --confirm.',
    ],
  ],
  async run({ operation: id }, context) {
    const { globals, signal, terminal } = context;
    if (globals.reason === undefined)
      throw new Failure('usage', '--reason is missing: whoever is stopped wants to know why');
    const { operation, lease } = await showOperation(await context.cluster(), id, signal);
    terminal.say(
      `${id}: ${operation.kind} ${operation.nodes.join(', ')} by ${lease?.who ?? operation.who}, ${operation.state}`,
    );
    if (globals.dryRun) {
      const text = `would ask the owner of ${id} to stop, and fence it after 15 seconds`;
      return { json: { dryRun: true, operation: id }, text, names: [id] };
    }
    await askConsent('severe', 'Take the cluster from it?', id, context);
    const how = await takeOver(await operating(context), id, signal);
    const text = how === 'obeyed' ? `${id} has stopped` : `${id} did not answer; its owner can change nothing any more`;
    return {
      json: { operation: id, how },
      text: `${text}\n${waysOn(id)}`,
      names: [id],
    };
  },
});
