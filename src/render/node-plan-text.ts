import type { NodePlan } from '../setup/node/plan-node.js';
import { visible } from './visible.js';

const marks = { pass: 'ok', warn: 'warning', fail: 'failed', unknown: 'not known' } as const;

/** What is to be done to one node, as it is shown before anybody is asked. */
export function nodePlanText(plan: NodePlan): string {
  const { name, address, cap, account } = plan.wanted;
  const where = `${address.service} (${address.manager}) on ${address.host}`;
  if (plan.kind === 'known') return `${name}: known already, ${where}; nothing to do`;
  if (plan.kind !== 'join') return `${name}: in the cluster already; keep where it is, ${where}`;
  const inContainer = address.manager === 'docker';
  const steps = [
    ...(inContainer
      ? [`start the container ${address.service} as it is: octo-ha makes none and changes none`]
      : [
          `create the instance ${address.instance}, and tell it the database and the master key`,
          'set its task cap to 0, so that it gets no tasks yet',
          `install ${address.service}${account === undefined ? '' : ` under ${account}`}, and start it`,
        ]),
    'wait for its heartbeat and its own ping, and run the checks of doctor on its machine',
    ...(cap === 0 ? [] : [`set its task cap to ${cap}`]),
  ];
  return [
    `${name}: make a node of ${inContainer ? `the container ${address.service} on ` : ''}${address.host}`,
    ...plan.findings.map(({ title, status, says }) => `  ${title.padEnd(10)}  ${marks[status]}: ${visible(says)}`),
    ...steps.map((step, i) => `  ${i + 1}. ${step}`),
    ...(inContainer
      ? []
      : [
          'Octopus.Server takes the connection string and the master key as arguments only: while that one call lasts, whoever',
          `may list the processes of ${address.host} can see them.`,
        ]),
  ].join('\n');
}

export const nodePlanJson = (plan: NodePlan) => ({
  node: plan.wanted.name,
  does: plan.kind,
  ...{ url: plan.wanted.url ?? null, machine: plan.wanted.address },
  taskCap: plan.kind === 'join' ? plan.wanted.cap : plan.node.taskCap,
  findings: plan.kind === 'join' ? plan.findings : [],
  warnings: plan.kind === 'join' ? plan.heard.warnings : [],
});

/** The same in a few lines, where there are several. */
export function nodePlanLine(plan: NodePlan): readonly string[] {
  const { name, address, cap } = plan.wanted;
  const where = `${address.service} on ${address.host}`;
  if (plan.kind === 'known') return [`${name}: known already, ${where}`];
  if (plan.kind !== 'join') return [`${name}: in the cluster already; keep where it is, ${where}`];
  const doubts = plan.findings.filter(({ status }) => status !== 'pass');
  return [
    `${name}: make a node of ${address.host} (Octopus Server ${plan.version ?? 'not known'}), task cap 0, then ${cap}`,
    ...doubts.map(({ title, status, says }) => `  ${marks[status]}: ${title}, ${visible(says)}`),
  ];
}
