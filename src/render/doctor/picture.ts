import { subjectOf } from '../../checks/check.js';
import { type Outcome, overall } from '../../checks/outcome.js';
import type { Report } from '../../checks/report.js';
import type { Node } from '../../cluster/node.js';
import { html } from './escape.js';

type State = 'pass' | 'warn' | 'fail' | 'skip';

/** What is said of one part of the cluster; *skip* where nothing was judged. */
function stateOf(outcomes: readonly Outcome[]): State {
  const judged = outcomes.filter(({ status }) => status !== 'skip');
  return judged.length === 0 ? 'skip' : overall(judged);
}

const said: Record<State, string> = { pass: 'healthy', warn: 'needs a look', fail: 'unhealthy', skip: 'not looked at' };

/** Balancer, nodes, database and storage with their state, one above the other; text only, so that it prints and scales. */
export function clusterPicture({ outcomes, nodes, cluster, balancer, storage }: Report): string {
  const about = (subject: string) => outcomes.filter(({ check }) => subjectOf(check) === subject);
  const of = (subject: string) => stateOf(about(subject).filter(({ node }) => node === null));
  const balancerBox = box('load balancer', balancer ?? 'its address is not known', of('load-balancer'));
  const nodeBoxes = nodes.map((node) => nodeBox(node, outcomes));
  const databaseBox = box(
    'database',
    cluster === null ? 'could not be read' : `${cluster.database} on ${cluster.server}`,
    of('database'),
  );
  const storageBox = box(
    'shared storage',
    places(storage).join(', ') || 'its place is not known',
    stateOf(about('storage')),
  );
  return `<div class="picture">
<div class="row">${balancerBox}</div>
<div class="line" aria-hidden="true"></div>
<div class="row">${nodeBoxes.join('') || '<p>The nodes are not known.</p>'}</div>
<div class="line" aria-hidden="true"></div>
<div class="row">${databaseBox}${storageBox}</div>
</div>`;
}

/** Folders that are beside each other are told by the one that they are in. */
function places(folders: readonly string[]): readonly string[] {
  const above = (folder: string) => folder.replace(/[\\/][^\\/]+[\\/]?$/, '');
  const isAlone = (folder: string) => folders.filter((other) => above(other) === above(folder)).length === 1;
  return [...new Set(folders.map((folder) => (isAlone(folder) ? folder : above(folder))))];
}

function nodeBox(node: Node, outcomes: readonly Outcome[]): string {
  const state = stateOf(outcomes.filter((outcome) => outcome.node === node.name));
  const lines = [
    `${node.state}, ${node.runningTasks} of ${node.taskCap} tasks`,
    ...(node.version === null ? [] : [node.version]),
  ];
  return box(node.name, lines.join(', '), node.state === 'stale' ? 'warn' : state);
}

const box = (name: string, text: string, state: State): string =>
  `<div class="box ${state}"><b>${html(name)}</b><span>${html(text)}</span><span class="small">${said[state]}</span></div>`;
