import { isSameService } from '../../../cluster/machine-address.js';
import type { Answers, NodeAnswer } from '../../../configuration/answers.js';
import { Failure } from '../../../errors.js';
import { completeAddress, describeNodes } from '../../../operations/describe-machine.js';
import { serviceText } from '../../../operations/machine/node-machine.js';
import { nodePlanLine } from '../../../render/node-plan-text.js';
import type { JoinPlan, NodePlan } from '../../../setup/node/plan-node.js';
import type { JoinSecrets, WantedNode } from '../../../setup/node/wanted-node.js';
import type { SetupStep } from '../../../setup/steps.js';
import { addPlanned, aroundAdded, planAdding } from '../../node/adding.js';
import { type JoinPlaces, readJoinSecrets } from '../../node/join-secrets.js';
import { once } from '../../once.js';
import { operating } from '../../operating.js';
import { tellWarnings } from '../../tell-warnings.js';
import type { Site, Stage } from '../site.js';
import { singleServer } from './storage.js';

/** Milliseconds from the start of a node until it has to be seen. */
const serviceTimeout = 600_000;

/** The nodes that the answers describe. */
export function wantedNodes(answers: Answers): readonly WantedNode[] {
  const wanted = (answers.nodes ?? []).map((node) => wantedNode(answers, node));
  const names = wanted.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Failure('usage', `two of the machines are to be the node ${twice}`);
  for (const [i, { name, address }] of wanted.entries()) {
    const twin = wanted.slice(0, i).find((one) => isSameService(one.address, address));
    if (twin === undefined) continue;
    throw new Failure('usage', `${serviceText(address)} is to be both ${twin.name} and ${name}`, {
      hint: 'Name the machine of each node once, or the service of each where one machine has several.',
    });
  }
  return wanted;
}

function wantedNode(answers: Answers, node: NodeAnswer): WantedNode {
  const { host, name = host, port, cap = answers.cap ?? 5, url, hostKeys = [] } = node;
  const address = completeAddress(
    {
      ...{ host, port, hostKeys },
      manager: node.manager ?? answers.manager ?? 'windows',
      service: node.service ?? answers.service,
      instance: node.instance ?? answers.instance,
    },
    undefined,
  );
  if (address === undefined) throw new Failure('usage', `${host} is no host`);
  const { account, webListenPrefixes, commsListenPort, nodeUrl } = answers;
  return {
    ...{ name, address, cap, account, webListenPrefixes, commsListenPort },
    url: url ?? nodeUrl?.replaceAll('{name}', name),
  };
}

export const nodesStage: Stage = {
  title: 'Nodes',
  async plan(site, signal) {
    const { context, answers } = site;
    const places: JoinPlaces = {
      masterKey: answers.masterKey,
      connection: answers.nodeConnection,
      connectionPassword: answers.nodePassword,
      accountPassword: answers.accountPassword,
    };
    const around = await aroundAdded(places, context);
    const plans: NodePlan[] = [];
    for (const wanted of wantedNodes(answers)) plans.push(await planAdding(around, wanted, context));
    const joins = plans.filter((plan) => plan.kind === 'join');
    mustAgree(joins);
    if (joins.length > 0) await mustBeShared(site, signal);
    for (const plan of joins) tellWarnings(plan.heard, context.terminal);
    const secrets = once(() => readJoinSecrets(places, answers.account, context));
    return {
      lines: plans.flatMap(nodePlanLine),
      steps: [...adoptAll(plans, site), ...joins.map((plan) => join(plan, places, secrets, site))],
    };
  },
};

/** All that are in the cluster already, at once: as many statements for twenty as for two. */
function adoptAll(plans: readonly NodePlan[], { context }: Site): readonly SetupStep[] {
  const there = plans.flatMap((plan) => (plan.kind === 'join' ? [] : [plan]));
  if (there.length === 0) return [];
  const adopted = there.filter(({ kind }) => kind === 'adopt');
  return [
    {
      does: `keep where ${there.map(({ wanted }) => wanted.name).join(', ')} are`,
      isDone: async () => adopted.length === 0,
      async run(signal) {
        const places = adopted.map(({ node, wanted }) => ({ node, url: wanted.url, machine: wanted.address }));
        await describeNodes(await operating(context), places, signal);
      },
    },
  ];
}

function join(
  { wanted }: JoinPlan,
  places: JoinPlaces,
  secrets: () => Promise<JoinSecrets>,
  { context }: Site,
): SetupStep {
  return {
    does: `make ${wanted.name} a node of the cluster`,
    isDone: async () => false,
    async run() {
      // Looked at once more: the ones before it have joined meanwhile.
      const plan = await planAdding(await aroundAdded(places, context), wanted, context);
      await addPlanned(plan, secrets, { serviceTimeout }, context);
    },
  };
}

function mustAgree(joins: readonly JoinPlan[]): void {
  const versions = [...new Set(joins.map(({ version }) => version))];
  if (versions.length <= 1) return;
  const each = joins.map(({ wanted, version }) => `${wanted.name} has ${version}`);
  throw new Failure('refused', `the machines have different versions of Octopus Server: ${each.join(', ')}`, {
    hint: 'All nodes of a cluster run one version.',
  });
}

async function mustBeShared(site: Site, signal: AbortSignal): Promise<void> {
  const runbook = await singleServer(site, signal);
  if (runbook === undefined) return;
  site.context.terminal.say(runbook);
  throw new Failure('refused', 'a second node would not see the folders of the first; nothing was changed');
}
