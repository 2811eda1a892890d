import type { Answers } from '../../configuration/answers.js';
import { octopusOf } from '../../operations/octopus-of.js';
import type { Context } from '../context.js';
import { once } from '../once.js';
import type { Site } from './site.js';
import { describeCluster, describeStorage } from './stages/describe.js';

/** One session serves all stages, as long as the cluster is described in the same way; a secret is asked for once. */
export function withOneCluster(context: Context): Context {
  const opened = new Map<string, ReturnType<Context['openCluster']>>();
  const known = new Map<string, Promise<string>>();
  return {
    ...context,
    async secrets() {
      const real = await context.secrets();
      return {
        read(place, signal) {
          const key = JSON.stringify(place);
          const secret = known.get(key) ?? real.read(place, signal);
          known.set(key, secret);
          return secret;
        },
      };
    },
    openCluster(name, described) {
      // Where the shared folder is, is no part of how its database is reached.
      const { storage: _, ...reached } = described;
      const key = JSON.stringify([name, reached]);
      const cluster = opened.get(key) ?? context.openCluster(name, described);
      opened.set(key, cluster);
      return cluster;
    },
  };
}

/** A context file that was named and is not there yet describes no cluster. */
export async function orNothing(context: Context) {
  const { ownFiles, configurationFile, globals } = context;
  const isNew =
    globals.sources['config'] !== 'default' && (await (await ownFiles()).read(configurationFile.path)) === undefined;
  return isNew ? undefined : await context.configuration();
}

export async function contextNamed(name: string, context: Context) {
  const contexts = (await orNothing(context))?.contexts ?? {};
  return Object.hasOwn(contexts, name) ? contexts[name] : undefined;
}

/** Everything that a stage works with; the cluster is reached as it is described, whether that is written already or not. */
export async function siteOf(name: string, answers: Answers, context: Context): Promise<Site> {
  const before = await contextNamed(name, context);
  const reached = await describeCluster(answers, before, context);
  const cluster = await context.openCluster(name, reached);
  const storage = describeStorage(answers) ?? reached.storage;
  const described = storage === undefined ? reached : { ...reached, storage };
  const configuration = once(async () => {
    const found = (await orNothing(context)) ?? { contexts: {} };
    return { ...found, contexts: { ...found.contexts, [name]: described } };
  });
  return {
    name,
    answers,
    described,
    isDescribed: before !== undefined,
    cluster,
    context: { ...context, cluster: async () => cluster, octopus: () => octopusOf(cluster), configuration },
  };
}
