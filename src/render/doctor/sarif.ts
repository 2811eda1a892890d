import type { Check } from '../../checks/check.js';
import { isProblem, keyOf, type Outcome } from '../../checks/outcome.js';
import type { Report } from '../../checks/report.js';

const levels = { warn: 'warning', fail: 'error', unknown: 'error', crash: 'error' } as const;

/**
 * As code scanning reads it. A finding is at a logical place, the node or the cluster.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function doctorSarif({ outcomes, cluster }: Report): string {
  const problems = outcomes.filter(isProblem);
  const rules = [...new Map(problems.map(({ check }) => [check.id, check])).values()];
  const place = cluster?.context ?? cluster?.database ?? 'cluster';
  const sarif = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'octo-ha',
            informationUri: 'https://octopus.com/docs/administration/high-availability',
            rules: rules.map(ruleOf),
          },
        },
        results: problems.map((outcome) => resultOf(outcome, rules, place)),
      },
    ],
  };
  return `${JSON.stringify(sarif, null, 2)}\n`;
}

const ruleOf = ({ id, title, why, cure }: Check) => ({
  id,
  shortDescription: { text: title },
  fullDescription: { text: why },
  help: { text: [cure.text, ...(cure.commands ?? [])].join('\n') },
});

function resultOf(outcome: Outcome, rules: readonly Check[], place: string) {
  const { check, node, observedFrom, status, problem, evidence } = outcome;
  return {
    ruleId: check.id,
    ruleIndex: rules.findIndex(({ id }) => id === check.id),
    level: levels[status as keyof typeof levels],
    message: { text: `${node === null ? '' : `${node}: `}${problem ?? check.title}` },
    locations: [
      {
        logicalLocations: [
          { name: node ?? place, fullyQualifiedName: node === null ? place : `${place}/${node}`, kind: 'resource' },
        ],
      },
    ],
    partialFingerprints: { 'octo-ha/v1': keyOf(outcome) },
    properties: { status, observedFrom, evidence },
  };
}
