/** Whether the folder is one and the same for all nodes: three things together prove it. */
import { fail, pass, skip, unknown, type Verdict } from '../../check.js';
import { proofCheck } from '../kinds.js';
import type { NodeAnswer } from './ask-node.js';
import type { NodeProof, SharedProof } from './prove-shared.js';
import { compareTargets, describeTarget, type Target } from './target.js';

export const sharedChecks = [
  proofCheck({
    id: 'storage/seen-as-service',
    ofMachine: true,
    title: 'every node sees the folder as its service account',
    why: 'Drives are mapped, and rights are given, for one account: what another one sees says nothing.',
    cure: { text: 'Give the account of Octopus Server the folder, on that node, or use a UNC path.' },
    judge: ({ nodes }) => worst(nodes.map(judgeAccount)),
  }),
  proofCheck({
    id: 'storage/same-target',
    ofMachine: true,
    title: 'the folder leads every node to the same place',
    why: 'Mounts, links, mapped drives and DFS can lead nodes to different servers under one name.',
    cure: { text: 'Mount the same share of the same server on every node; with DFS, one specific replica.' },
    judge: (proof) => among(proof, judgeTargets),
  }),
  proofCheck({
    id: 'storage/seen-by-all',
    title: 'what one node writes is seen by all the others',
    why: 'A task log that stays on one node is missing in the web portal on every other one.',
    cure: { text: 'Put the nodes on one shared folder, then copy what each has kept for itself.' },
    judge: (proof) =>
      among(proof, ({ nodes, first, text }) => held(nodes, first, (node) => judgeSeen(node, first, text))),
  }),
  proofCheck({
    id: 'storage/lock',
    title: 'a file that one node has locked is refused to the others',
    why: 'Replication copies files, and so looks like sharing; it cannot copy a lock.',
    cure: {
      text: 'Use one share of one server instead of replicas, mounted without options that keep locks to the machine (nobrl, nolock, local_lock).',
    },
    judge: (proof) =>
      among(proof, (all) =>
        held(all.nodes, all.first, (node) => judgeLock(node, all.first, judgeTargets(all), all.text)),
      ),
  }),
  proofCheck({
    id: 'storage/probes-removed',
    title: 'nothing is left of the proof',
    why: 'What octo-ha writes to find out is in a folder of its own, and is removed on every node.',
    cure: { text: 'Remove the folders by hand.' },
    judge: ({ left }) => (left.length === 0 ? pass() : fail(`may still be there: ${left.join(', ')}`)),
  }),
] as const;

function judgeAccount({ node, path, look }: NodeProof): Verdict {
  if (look.state === 'unasked') return unknown(look.because);
  const { as, user, account } = look;
  if (as === 'other') return unknown(`seen as ${user}, not as ${account} (${node})`);
  if (look.state === 'missing') return fail(`${node} sees no folder ${path} as ${user}`);
  if (look.state === 'cannot') return fail(`${node} cannot look at ${path} as ${user}: ${look.message}`);
  if (as === 'unknown')
    return unknown(`seen as ${user}; under which account Octopus Server runs on ${node} is not known`);
  return pass();
}

function judgeTargets({ nodes }: SharedProof): Verdict {
  const [first, ...others] = nodes.flatMap(({ node, look }) => (look.state === 'looked' ? [{ node, look }] : []));
  if (first === undefined) return unknown('no node could be asked where the folder leads');
  const targets = [first, ...others].map(({ node, look }) => `${node}: ${describeTarget(look)}`);
  const verdicts = others.map(({ node, look }) => comparison(first, { node, look }, targets));
  return worst([pass({ targets }), ...verdicts, ...nodes.map(silence)]);
}

interface Found {
  readonly node: string;
  readonly look: Target;
}

function comparison(one: Found, other: Found, targets: readonly string[]): Verdict {
  const both = `${one.node} is led to ${describeTarget(one.look)}, ${other.node} to ${describeTarget(other.look)}`;
  switch (compareTargets(one.look, other.look)) {
    case 'same':
      return pass();
    case 'different': {
      const isSeenByOthers = one.look.as === 'other' || other.look.as === 'other';
      return isSeenByOthers ? unknown(`${both}, not as their service accounts`) : fail(both, { evidence: { targets } });
    }
    case 'unclear':
      return unknown(`${both}, which may be the same`, { targets });
  }
}

function judgeSeen({ node, see }: NodeProof, first: string | undefined, text: string): Verdict {
  if (see.state === 'seen' && see.text === text) return pass();
  if (see.state === 'missing') return unlessOther(see, `${node} does not see what ${first} writes`);
  if (see.state === 'seen') return unlessOther(see, `${node} sees something else than what ${first} wrote`);
  return silent(node, see);
}

function judgeLock(
  { node, see, lock, unlocked }: NodeProof,
  first: string | undefined,
  targets: Verdict,
  text: string,
): Verdict {
  switch (lock.state) {
    case 'refused':
      if (unlocked.state === 'taken') return pass();
      return unknown(`the lock is refused to ${node} also when ${first} does not hold it`);
    case 'taken': {
      const seen = see.state === 'seen' && see.text === text ? `${node} sees what ${first} writes, and ` : `${node} `;
      const but = targets.status === 'pass' ? 'locks stay on the machine' : 'the folder is replicated, not shared';
      return unlessOther(lock, `${seen}gets a lock that ${first} holds: ${but}`);
    }
    case 'missing':
      return unknown(`${node} does not see the file that ${first} has locked`);
    default:
      return silent(node, lock);
  }
}

/** Another account may see other storage, so what it does not see is no failure. */
function unlessOther(answer: Exclude<NodeAnswer, { state: 'unasked' }>, problem: string): Verdict {
  if (answer.as !== 'other') return fail(problem);
  return unknown(`${problem}: seen as ${answer.user}, not as ${answer.account}`);
}

function silent(node: string, answer: NodeAnswer): Verdict {
  if (answer.state === 'unasked') return unknown(answer.because);
  return unknown(`${node}: ${answer.state === 'cannot' ? answer.message : answer.state}`);
}

const silence = ({ node, look }: NodeProof): Verdict => (look.state === 'looked' ? pass() : silent(node, look));

/** What is said of the nodes that the first one is compared with. */
function held(nodes: readonly NodeProof[], first: string | undefined, judge: (node: NodeProof) => Verdict): Verdict {
  if (first === undefined) return unknown('no node could write to the folder');
  return worst(nodes.filter(({ node }) => node !== first).map(judge));
}

const among = (proof: SharedProof, judge: (proof: SharedProof) => Verdict): Verdict =>
  proof.nodes.length < 2 ? skip('there is one node only') : judge(proof);

/** All problems in one, and what is not known only where there is no problem. */
function worst(verdicts: readonly Verdict[]): Verdict {
  const problems = verdicts.flatMap((verdict) => (verdict.status === 'fail' ? [verdict] : []));
  const [problem] = problems;
  if (problem !== undefined) return { ...problem, problem: problems.map((one) => one.problem).join('; ') };
  const doubts = verdicts.flatMap((verdict) => (verdict.status === 'unknown' ? [verdict] : []));
  const [doubt] = doubts;
  if (doubt !== undefined) return { ...doubt, because: [...new Set(doubts.map((one) => one.because))].join('; ') };
  return verdicts[0] ?? unknown('no node was asked');
}
