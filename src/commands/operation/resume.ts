import { planDrain } from '../../operations/drain.js';
import { showOperation } from '../../operations/journal/read-journal.js';
import { readStatus } from '../../operations/read-status.js';
import { resumeOperation } from '../../operations/resume.js';
import { operationShowJson, operationText } from '../../render/operations-text.js';
import { command } from '../command.js';
import { askConsent } from '../consent.js';
import { lostStep, lostStepOptions } from '../lost-step.js';
import { operating } from '../operating.js';
import { tellWarnings } from '../tell-warnings.js';
import { telling } from '../telling.js';

export const operationResume = command({
  name: 'operation resume',
  summary: 'Go on with an operation that was interrupted, detached or killed',
  args: ['operation'],
  options: {
    ...lostStepOptions,
  },
  examples: [['octo-ha operation resume 20260301-100000-k7f3', 'From any machine with a context of the cluster.']],
  async run({ operation: id, ...said }, context) {
    const { terminal, signal, globals } = context;
    const cluster = await context.cluster();
    const shown = async () => {
      const details = await showOperation(cluster, id, signal);
      return { json: operationShowJson(details), text: operationText(details, terminal.out), names: [id] };
    };
    const { operation } = await showOperation(cluster, id, signal);
    // Where contact was lost at its last write, nobody was told that it had ended well.
    if (operation.state === 'done') return await shown();
    if (globals.dryRun) {
      const text = `would go on with ${operation.kind} ${operation.nodes.join(', ')}, which is ${operation.state}`;
      return { json: { dryRun: true, operation: id }, text, names: [id] };
    }
    const look = await readStatus(cluster, signal);
    const [node] = look.nodes.filter(({ name }) => operation.nodes.includes(name));
    if (operation.kind === 'drain' && node && !node.draining) {
      const { heard } = planDrain(look, node, globals.override);
      tellWarnings(heard, terminal);
      if (heard.severe) await askConsent('severe', `Drain ${node.name}?`, node.name, context);
    }
    const lost = lostStep(said);
    await resumeOperation(
      { ...(await operating(context)), ...(lost === undefined ? {} : { lost }) },
      operation,
      look,
      (subject) => telling(subject, terminal),
      signal,
    );
    return await shown();
  },
});
