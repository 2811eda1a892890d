import { counted } from '../cluster/counted.js';
import type { Node } from '../cluster/node.js';
import type { Operation } from '../cluster/operation.js';
import type { ClusterStatus } from '../cluster/status.js';
import { age } from './times.js';
import { visible } from './visible.js';

export interface NextStep {
  /** A whole command line. */
  readonly command: string;
  readonly does: string;
}

/** What a person may want to do next, the most urgent first, with the state that calls for it. */
export function nextSteps(
  status: Pick<ClusterStatus, 'at' | 'nodes' | 'operation'> & { readonly unfinished: readonly Operation[] },
  { isSetUp }: { readonly isSetUp: boolean },
): { readonly title: string; readonly steps: readonly NextStep[] } {
  const { at, nodes, unfinished } = status;
  const busy = new Set(unfinished.flatMap((operation) => operation.nodes));
  const out = nodes.filter((node) => node.draining && !busy.has(node.name));
  const gone = nodes.filter(({ state }) => state === 'offline' || state === 'unknown');
  const steps = [
    ...unfinished.flatMap(stepsOf),
    ...out.map((node) => ({
      command: line('node undrain', node.name),
      does: `give it tasks again${heldFor(node, at)}`,
    })),
    ...gone.map((node) => ({ command: line('node show', node.name), does: `it is ${node.state}` })),
    ...(isSetUp ? [] : [{ command: 'octo-ha database migrate', does: 'its own tables, which changes need' }]),
    { command: 'octo-ha status --watch', does: 'the cluster on one screen' },
  ];
  const parts = [
    ...unfinished.map(({ kind, nodes, state }) => `${kind} ${nodes.join(', ')} is ${state}`),
    ...(out.length > 0 ? [`${counted(out.length, 'node')} drained`] : []),
    ...(gone.length > 0 ? [`${counted(gone.length, 'node')} not seen`] : []),
  ];
  const title = parts.length > 0 ? parts.join(', ') : `${counted(nodes.length, 'node')}, nothing to do`;
  return { title: visible(title), steps };
}

/** How to go on with an operation that has not ended. */
function stepsOf({ id, kind, state, nodes }: Operation): readonly NextStep[] {
  const node = nodes[0] ?? '';
  if (state === 'running') return [{ command: line('operation watch', id), does: 'follow it until it ends' }];
  if (kind === 'drain' && nodes.length === 1) {
    return [
      { command: line('node drain', node), does: 'go on waiting' },
      { command: line('node undrain', node), does: 'give it tasks again' },
    ];
  }
  return [
    { command: line('operation resume', id), does: 'go on with it' },
    { command: line('operation show', id), does: 'what was done so far' },
  ];
}

const heldFor = ({ hold }: Node, at: Date): string =>
  hold === null ? '' : `; ${visible(`${hold.who}: ${hold.why}`)}, for ${age(hold.since, at)}`;

/** A command line that can be pasted: a name that a shell would take apart is quoted. */
const line = (command: string, name: string): string =>
  `octo-ha ${command} ${/^[\w.-]+$/.test(name) ? name : `'${visible(name).replaceAll("'", "'\\''")}'`}`;
