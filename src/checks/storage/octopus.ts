import * as z from 'zod/mini';
import { fail, pass, skip, type Verdict, warn } from '../check.js';
import { octopusCheck } from '../kinds.js';

/** `GET /api/configuration/server-folders/values`: paths by the name of a directory, whatever else stands beside them. */
export const serverFolders = z.record(z.string(), z.unknown());

export const foldersPath = '/api/configuration/server-folders/values';

/** The shared ones, by name. The log of the server itself and caches stay local. */
export function sharedFoldersIn(values: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const shared = /^(Artifacts|Packages|TaskLogs|Imports|EventExports|Telemetry|ClusterShared|Logs)(Directory|Path)?$/i;
  return new Map(
    Object.entries(values).flatMap(([name, value]) =>
      shared.test(name) && typeof value === 'string' && value.trim() !== '' ? [[name, value.trim()] as const] : [],
    ),
  );
}

const from = { path: foldersPath, schema: serverFolders };

const root = (path: string): string => {
  const unc = /^[\\/]{2}[^\\/]+[\\/]+[^\\/]+/.exec(path)?.[0];
  return (unc ?? (/^[A-Za-z]:/.exec(path)?.[0] || path.split('/').slice(0, 3).join('/')))
    .toLowerCase()
    .replaceAll('\\', '/');
};

const configured = octopusCheck({
  ...from,
  id: 'storage/configured',
  title: 'packages, artifacts and task logs have a place that all nodes can share',
  why: "A path such as C:\\Octopus is each node's own unless it is a link; Octopus keeps running with it, and its logs are empty elsewhere.",
  cure: {
    text: 'Set the root of the shared storage once, for all nodes.',
    commands: ['Octopus.Server path --instance INSTANCE --clusterShared \\\\SERVER\\SHARE'],
  },
  judge(values): Verdict {
    const folders = sharedFoldersIn(values);
    if (folders.size === 0) return skip('Octopus does not tell its folders');
    const local = [...folders].filter(([, path]) => /^[cC]:[\\/]/.test(path));
    const evidence = { folders: [...folders].map(([name, path]) => `${name}: ${path}`) };
    if (local.length === 0) return pass(evidence);
    return warn(`on the system drive: ${local.map(([name, path]) => `${name} ${path}`).join(', ')}`, { evidence });
  },
});

const oneRoot = octopusCheck({
  ...from,
  id: 'storage/one-root',
  title: 'the shared folders are on one share',
  why: 'A folder that was left behind when the storage moved, or that a new version added, is shared by nobody.',
  cure: {
    text: "Set the folders relative to the cluster's root.",
    commands: [
      'Octopus.Server path --instance INSTANCE --artifacts Artifacts --taskLogs TaskLogs --nugetRepository Packages',
    ],
  },
  judge(values): Verdict {
    const roots = [...new Set([...sharedFoldersIn(values).values()].map(root))];
    if (roots.length === 0) return skip('Octopus does not tell its folders');
    return roots.length === 1 ? pass({ root: roots[0] ?? '' }) : warn(`on ${roots.length}: ${roots.join(', ')}`);
  },
});

const notTheNamespace = octopusCheck({
  ...from,
  id: 'storage/no-loopback',
  title: 'no shared folder is named by localhost',
  why: 'A share on localhost is another one on every node.',
  cure: { text: 'Name the file server.' },
  judge(values): Verdict {
    const folders = [...sharedFoldersIn(values)];
    if (folders.length === 0) return skip('Octopus does not tell its folders');
    const loops = folders.filter(([, path]) => /^[\\/]{2}(localhost|127\.|\.[\\/]|\[?::1)/i.test(path));
    return loops.length === 0 ? pass() : fail(loops.map(([name, path]) => `${name} is ${path}`).join(', '));
  },
});

export const storageOctopusChecks = [configured, oneRoot, notTheNamespace] as const;
