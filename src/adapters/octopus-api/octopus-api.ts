import { nodeKey } from '../../cluster/node.js';
import type { Task } from '../../cluster/task.js';
import { Failure } from '../../errors.js';
import type { ApiChange, ApiNode, OctopusApi, Shape } from '../../ports/octopus-api.js';
import { type Connection, octopusExchange } from './exchange.js';
import {
  allNodesShape,
  licenceStatusShape,
  nodePageShape,
  nodeShape,
  rootShape,
  serverStatusShape,
  summaryShape,
  taskPageShape,
  taskShape,
} from './shapes.js';

export interface ApiOptions extends Connection {
  readonly preferred: boolean;
}

const nodesPath = '/api/octopusservernodes';

/** Of one page of a list; a server may send fewer. */
const pageSize = 100;

/** A list that is longer is not what was asked for: the server knows one of the filters not. */
const longestList = 10_000;

const running = ['Executing', 'Cancelling'];

/** Octopus' REST API at one address. Nothing is asked, nor is the key read, before the first call. */
export function octopusApi({ preferred, ...connection }: ApiOptions): OctopusApi {
  const exchange = octopusExchange(connection);
  const { url } = connection;

  async function find<T>(path: string, permission: string | null, shape: Shape<T>, signal: AbortSignal) {
    const reply = await exchange({ path, permission }, signal);
    return reply && understood(reply.value, path, shape);
  }

  async function get<T>(path: string, permission: string | null, shape: Shape<T>, signal: AbortSignal): Promise<T> {
    const found = await find(path, permission, shape, signal);
    if (found === undefined) throw new Failure('failed', `Octopus at ${url} has no ${pathOnly(path)}`);
    return found;
  }

  async function readNode(id: string, signal: AbortSignal): Promise<ApiNode> {
    const node = await find(`${nodesPath}/${segment(id)}`, 'AdministerSystem', nodeShape, signal);
    if (node === undefined) throw new Failure('failed', `Octopus at ${url} knows no node ${id}`);
    if (nodeKey(node.id) !== nodeKey(id)) {
      throw new Failure('failed', `Octopus at ${url} answered for ${node.id} when it was asked for ${id}`);
    }
    return node;
  }

  /** Everything of a list, page by page. */
  async function all<T extends { readonly id: string }>(
    path: string,
    query: Readonly<Record<string, string>>,
    permission: string | null,
    shape: Shape<{ readonly total: number; readonly items: readonly T[] }>,
    signal: AbortSignal,
  ): Promise<readonly T[]> {
    const found = new Map<string, T>();
    for (let skip = 0; ; ) {
      const asked = new URLSearchParams({ ...query, skip: String(skip), take: String(pageSize) });
      const { total, items } = await get(`${path}?${asked}`, permission, shape, signal);
      if (total > longestList) {
        throw new Failure('failed', `Octopus at ${url} lists ${total} entries of ${path}; that cannot be`);
      }
      for (const item of items) found.set(item.id, item);
      skip += items.length;
      if (items.length === 0 || skip >= total) return [...found.values()];
    }
  }

  /**
   * Sends a node back as it was just read, but for what is to change: a name left out or misspelt renames the node in
   * some versions, and a cap left out becomes 0. A change of somebody else between the two cannot be seen by Octopus.
   * https://github.com/OctopusDeploy/OctopusDeploy-Api/pull/209
   */
  async function change(
    id: string,
    wanted: Partial<Pick<ApiNode, 'draining' | 'taskCap'>>,
    signal: AbortSignal,
  ): Promise<ApiChange> {
    const before = await readNode(id, signal);
    const next = { ...before, ...wanted };
    if (difference(next, before) === undefined) return { changed: false, before, after: before };
    signal.throwIfAborted();
    const body = {
      Id: before.id,
      Name: before.name,
      MaxConcurrentTasks: next.taskCap,
      IsInMaintenanceMode: next.draining,
    };
    const path = `${nodesPath}/${segment(before.id)}`;
    const reply = await exchange({ method: 'PUT', path, body, permission: 'AdministerSystem' }, toItsEnd());
    if (reply === undefined) throw changedUnderUs(`${before.name} was deleted meanwhile`);
    const answered = nodeShape.safeParse(reply.value).data ?? next;
    const after = await readNode(id, toItsEnd()).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      throw new Failure('unverified', `Octopus took the change of ${before.name}, but then: ${error.message}`, {
        hint: 'See where the cluster stands with: octo-ha status',
        cause: error,
      });
    });
    const wrong = difference(next, answered) ?? difference(next, after);
    if (wrong !== undefined) {
      throw changedUnderUs(
        `${before.name} was changed by somebody else at this moment: ${wrong}; octo-ha leaves it so`,
      );
    }
    return { changed: true, before, after };
  }

  return {
    url,
    preferred,
    root: (signal) => get('/api', null, rootShape, signal),
    async nodes(signal) {
      const ask = <T>(path: string, shape: Shape<T>) => find(`${nodesPath}/${path}`, 'AdministerSystem', shape, signal);
      return (
        (await ask('summary', summaryShape)) ??
        (await ask('all', allNodesShape)) ??
        (await all(nodesPath, {}, 'AdministerSystem', nodePageShape, signal))
      );
    },
    node: readNode,
    setDrainFlag: (id, draining, signal) => change(id, { draining }, signal),
    setTaskCap: (id, taskCap, signal) => change(id, { taskCap }, signal),
    async deleteNode(id, signal) {
      const { id: exact } = await readNode(id, signal);
      signal.throwIfAborted();
      // One that is gone already is as it was to be.
      const path = `${nodesPath}/${segment(exact)}`;
      await exchange({ method: 'DELETE', path, permission: 'AdministerSystem' }, toItsEnd());
    },
    async runningTasks(nodeId, signal) {
      const query = { node: nodeId, states: running.join(), spaces: 'all', includeSystem: 'true' };
      const listed = await all('/api/tasks', query, 'TaskView', taskPageShape, signal);
      return listed.filter((task) => running.includes(task.state) && isOn(task, nodeId));
    },
    task: (id, signal) => find(`/api/tasks/${segment(id)}`, 'TaskView', taskShape, signal),
    async cancelTask(id, signal) {
      signal.throwIfAborted();
      const path = `/api/tasks/${segment(id)}/cancel`;
      const reply = await exchange({ method: 'POST', path, permission: 'TaskCancel' }, toItsEnd());
      if (reply === undefined) throw new Failure('failed', `Octopus at ${url} knows no task ${id}`);
    },
    serverStatus: (signal) => get('/api/serverstatus', null, serverStatusShape, signal),
    licenceStatus: (signal) =>
      get('/api/licenses/licenses-current-status', 'AdministerSystem', licenceStatusShape, signal),
    get: (path, shape, signal) => get(path, null, shape, signal),
  };
}

/** What was begun is finished: only the time of one call bounds it. */
const toItsEnd = (): AbortSignal => new AbortController().signal;

/** A value as one step of a path. Dots alone, or nothing, would name another place. */
function segment(value: string): string {
  if (/^\.{0,2}$/.test(value)) throw new Failure('failed', `'${value}' is no Id of Octopus`);
  return encodeURIComponent(value);
}

const pathOnly = (path: string): string => path.replace(/\?.*$/s, '');

function understood<T>(value: unknown, path: string, shape: Shape<T>): T {
  try {
    return shape.parse(value);
  } catch (error) {
    throw new Failure('failed', `what Octopus answers to ${pathOnly(path)} is not understood${placeOf(error)}`, {
      cause: error,
    });
  }
}

/** Where in an answer a schema found what it did not expect. */
function placeOf(error: unknown): string {
  const issues = error instanceof Error && 'issues' in error && Array.isArray(error.issues) ? error.issues : [];
  const [{ path = [] } = {}] = issues as readonly { readonly path?: readonly PropertyKey[] }[];
  return path.length === 0 ? '' : `: ${path.map(String).join('.')} is missing or of another kind`;
}

/** What of a node is not as it should be; `undefined` where all is. */
function difference(wanted: ApiNode, seen: ApiNode): string | undefined {
  const flag = (draining: boolean) => (draining ? 'set' : 'clear');
  if (seen.name !== wanted.name) return `its name is ${seen.name}, not ${wanted.name}`;
  if (seen.taskCap !== wanted.taskCap) return `its task cap is ${seen.taskCap}, not ${wanted.taskCap}`;
  if (seen.draining === wanted.draining) return undefined;
  return `its drain flag is ${flag(seen.draining)}, not ${flag(wanted.draining)}`;
}

const changedUnderUs = (message: string): Failure =>
  new Failure('partial', message, { hint: 'See where the cluster stands with: octo-ha status' });

/** Also where the server knows no filter by node; a task that names none is nobody's to end. */
function isOn({ id, node }: Task, nodeId: string): boolean {
  if (node === null) throw new Failure('failed', `Octopus does not tell which node runs ${id}`);
  return nodeKey(node) === nodeKey(nodeId);
}
