import type { Answers } from '../../configuration/answers.js';
import { Failure } from '../../errors.js';
import { readStatus } from '../../operations/read-status.js';
import { initText, type StageReport } from '../../render/init-text.js';
import { type Proof, proveCluster } from '../../setup/init/prove-cluster.js';
import { takeSteps } from '../../setup/steps.js';
import { command } from '../command.js';
import { askConsent } from '../consent.js';
import type { Context } from '../context.js';
import { once } from '../once.js';
import { flag, optionalChoice, text } from '../options.js';
import { askConnection } from './ask-connection.js';
import { complete, missing, missingFlags } from './complete.js';
import { draftFile, keepAnswers, readAnswers } from './draft.js';
import { answerOptions, type Facts, type FieldName, fields } from './fields.js';
import type { Site, Stage } from './site.js';
import { type StageName, stageNames } from './stage-names.js';
import { databaseStage, describeCluster } from './stages/database.js';
import { balancerStage } from './stages/load-balancer.js';
import { nodesStage } from './stages/nodes.js';
import { storageStage } from './stages/storage.js';

const stages: Readonly<Record<Exclude<StageName, 'verify'>, Stage>> = {
  database: databaseStage,
  storage: storageStage,
  nodes: nodesStage,
  'load-balancer': balancerStage,
};

const titles: Readonly<Record<StageName, string>> = {
  database: databaseStage.title,
  storage: storageStage.title,
  nodes: nodesStage.title,
  'load-balancer': balancerStage.title,
  verify: 'Verify',
};

export const init = command({
  name: 'init',
  summary: 'Set a cluster up: database, shared storage, nodes, load balancer, proof',
  description:
    'Asks everything of a stage, shows what it would do, and does it after a yes. Every answer is also a flag, and a ' +
    'line of an answers file (--answers), so a run can be repeated without questions. Left by Ctrl-C or killed, the ' +
    'same command goes on where it stopped: what is done is seen and skipped. Answers name where secrets are (prompt, ' +
    'env:VARIABLE, file:FILE, command:PROGRAM ARGUMENTS, keyring:ENTRY), and never hold one.',
  args: [],
  options: {
    step: optionalChoice(stageNames, 'this stage only'),
    answers: text('FILE', 'answers in YAML, after schemas/answers.schema.json'),
    fresh: flag('forget the answers of an earlier run'),
    ...answerOptions,
  },
  examples: [
    ['octo-ha init', 'Asks, from the database to the proof.'],
    ['octo-ha init --answers cluster.yaml --yes', 'The same without questions.'],
    ['octo-ha init --answers cluster.yaml --dry-run', 'What it would do; nothing is changed.'],
    ['octo-ha init --step storage --storage \\\\files\\octopus', 'One stage by itself.'],
  ],
  async run({ step, answers: file, fresh, ...flags }, outer) {
    const context = withOneCluster(outer);
    const { globals, terminal, signal } = context;
    const wanted = step === undefined ? stageNames : [step];
    const given = { ...(file === undefined ? {} : await readAnswers(file, context, { needed: true })), ...said(flags) };
    const name = await clusterName(given, wanted, context);
    const draft = draftFile(context, name);
    const earlier = fresh ? {} : await readAnswers(draft, context, { needed: false });
    if (Object.keys(earlier).length > 0) {
      terminal.say(`going on with the answers of an earlier run, in ${draft} (--fresh forgets them)`);
    }
    let answers: Answers = { ...earlier, ...given, context: name };
    const before = await contextNamed(name, context);
    if (!terminal.interactive) mustBeComplete(wanted, answers, before !== undefined);

    const reports: StageReport[] = [];
    for (const stage of wanted) {
      terminal.say(`\n${terminal.err.bold(titles[stage])}`);
      const completing = {
        terminal,
        factsOf: (known: Answers) => factsOf(known, stage, name, context),
        own: { connection: () => askConnection(name, context) },
        keep: (known: Answers) => keepAnswers(draft, known, context),
      };
      answers = await complete(stage, answers, completing, signal);
      await keepAnswers(draft, answers, context);
      if (stage === 'database' && answers.createDatabase === true) {
        const isEmpty = await makeDatabase(name, answers, context);
        if (isEmpty) return { json: { dryRun: globals.dryRun, context: name, answers: draft }, text: firstNode };
      }
      const site = await siteOf(name, answers, context);
      reports.push(stage === 'verify' ? await verified(site, signal) : await setUp(stage, site, signal));
    }
    const again = ['octo-ha init', ...(step === undefined ? [] : [`--step ${step}`]), `--context ${name}`];
    const line = [...again, `--answers ${draft}`, '--yes'].join(' ');
    const failed = reports.flatMap(({ proofs }) => proofs.filter(({ status }) => status === 'fail'));
    const text = [initText(reports, terminal.out), '', ...nextLines(globals.dryRun, line)].join('\n');
    if (failed.length > 0 && !globals.dryRun) {
      if (globals.output === 'text') terminal.result(text);
      throw new Failure(
        'unverified',
        `the cluster is set up, and not all is well: ${failed.map(({ title }) => title).join(', ')}`,
        {
          details: { stages: reports },
          hint: `Mend that, and look again with: octo-ha init --step verify --context ${name}`,
        },
      );
    }
    return { json: { dryRun: globals.dryRun, context: name, answers: draft, again: line, stages: reports }, text };
  },
});

/** One session serves all stages, as long as the cluster is described in the same way. */
function withOneCluster(context: Context): Context {
  const opened = new Map<string, ReturnType<Context['openCluster']>>();
  return {
    ...context,
    openCluster(name, described) {
      const key = JSON.stringify([name, described]);
      const cluster = opened.get(key) ?? context.openCluster(name, described);
      opened.set(key, cluster);
      return cluster;
    },
  };
}

/** Answers of the command line; what was left out is none. */
function said(flags: Readonly<Record<string, unknown>>): Answers {
  const found = (Object.keys(fields) as FieldName[]).flatMap((name) => {
    const value = flags[fields[name].flag];
    const isSaid = value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
    return isSaid ? [[name, value] as const] : [];
  });
  return Object.fromEntries(found);
}

/** What the cluster is called here: as was said, or the one that is selected. */
async function clusterName(given: Answers, wanted: readonly StageName[], context: Context): Promise<string> {
  const { globals, terminal, signal } = context;
  const said = globals.context ?? given.context;
  if (said !== undefined) return said;
  const current = (await orNothing(context))?.current;
  // Somebody who names a database means another cluster than the one that is selected.
  if (current !== undefined && given.connection === undefined) return current;
  if (!terminal.interactive) {
    const lacking = current === undefined ? wanted.flatMap((stage) => missingFlags(stage, given, nothingKnown)) : [];
    throw missing(['--context', ...lacking]);
  }
  return (await terminal.ask('What is the cluster called on this machine? [octopus]', signal)).trim() || 'octopus';
}

const nothingKnown: Facts = { isDescribed: false, takesPassword: false, wantsLogin: false, nodes: [] };

/** A context file that was named and is not there yet describes no cluster. */
async function orNothing(context: Context) {
  const { ownFiles, configurationFile, globals } = context;
  const isNew =
    globals.sources['config'] !== 'default' && (await (await ownFiles()).read(configurationFile.path)) === undefined;
  return isNew ? undefined : await context.configuration();
}

async function contextNamed(name: string, context: Context) {
  const contexts = (await orNothing(context))?.contexts ?? {};
  return Object.hasOwn(contexts, name) ? contexts[name] : undefined;
}

function mustBeComplete(wanted: readonly StageName[], answers: Answers, isDescribed: boolean): void {
  const facts = { ...nothingKnown, isDescribed };
  const lacking = wanted.flatMap((stage) => missingFlags(stage, answers, facts));
  if (lacking.length > 0) throw missing(lacking);
}

async function factsOf(answers: Answers, stage: StageName, name: string, context: Context): Promise<Facts> {
  const { connection, storage } = answers;
  const parted = connection === undefined ? undefined : await context.partConnection(connection);
  const before = await contextNamed(name, context);
  const nodes = stage === 'nodes' ? await nodesOf(name, answers, context) : [];
  return {
    isDescribed: before !== undefined,
    takesPassword: parted?.takesPassword === true,
    wantsLogin: storage !== undefined && /^(\\\\|\/\/|smb:)/i.test(storage) && context.storageWantsLogin,
    nodes,
  };
}

async function nodesOf(name: string, answers: Answers, context: Context): Promise<readonly string[]> {
  const { cluster } = await siteOf(name, answers, context);
  return (await readStatus(cluster, context.signal)).nodes.map((node) => node.name);
}

/** Everything that a stage works with; the cluster is reached as it is described, whether that is written already or not. */
async function siteOf(name: string, answers: Answers, context: Context): Promise<Site> {
  const before = await contextNamed(name, context);
  const described = await describeCluster(answers, before, context);
  const cluster = await context.openCluster(name, described);
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
    context: { ...context, cluster: async () => cluster, configuration },
  };
}

/** Makes the database where it is missing. Answers whether Octopus Server has still to make its tables in it. */
async function makeDatabase(name: string, answers: Answers, context: Context): Promise<boolean> {
  const { globals, terminal, signal } = context;
  const before = await contextNamed(name, context);
  const described = await describeCluster(answers, before, context);
  const what = 'create the database of Octopus Server where it is missing, with the collation Latin1_General_CI_AS';
  if (globals.dryRun) terminal.say(`would ${what}`);
  else {
    terminal.say(`To do:\n  - ${what}`);
    await askConsent('moderate', 'Do that?', 'database', context);
    await context.createOctopusDatabase(described);
  }
  const cluster = await context.openCluster(name, described);
  try {
    await cluster.database.catalogue(signal);
    return false;
  } catch (error) {
    const isFresh = error instanceof Failure && error.details?.['hasNoOctopus'] === true;
    if (isFresh || (globals.dryRun && error instanceof Failure)) return true;
    throw error;
  }
}

/** https://octopus.com/docs/installation/automating-installation */
const firstNode = [
  'The database is there, and Octopus Server has still to make its tables in it. That is done on the first machine, by',
  "Octopus' own installer or these commands; octo-ha goes on from there:",
  '  Octopus.Server create-instance --instance OctopusServer --serverNodeName NAME',
  '  Octopus.Server database --instance OctopusServer --connectionString STRING --create',
  '  Octopus.Server admin --instance OctopusServer --username USER --email EMAIL --password PASSWORD',
  '  Octopus.Server license --instance OctopusServer --licenseBase64 LICENCE',
  '  Octopus.Server path --instance OctopusServer --clusterShared SHARE',
  '  Octopus.Server service --instance OctopusServer --install --reconfigure --start',
  '  Octopus.Server show-master-key --instance OctopusServer   (every further node needs it)',
  'Then run octo-ha init again.',
].join('\n');

/** Plans, shows, asks and does. */
async function setUp(name: Exclude<StageName, 'verify'>, site: Site, signal: AbortSignal): Promise<StageReport> {
  const { globals, terminal } = site.context;
  const stage = stages[name];
  const { lines, steps } = await stage.plan(site, signal);
  for (const line of lines) terminal.say(line);
  const open = [];
  for (const step of steps) if (!(await step.isDone(signal))) open.push(step);
  const report = { stage: stage.title, proofs: [] };
  if (open.length === 0) {
    terminal.say('all of it is done already');
    return { ...report, steps: steps.map(({ does }) => ({ does, outcome: 'already done' as const })) };
  }
  if (!globals.dryRun) {
    terminal.say('To do:');
    for (const { does } of open) terminal.say(`  - ${does}`);
    await askConsent('moderate', open.length === 1 ? 'Do that?' : 'Do these things?', stage.title, site.context);
  }
  const done = [];
  // With consent to the stage nothing of it is asked for again.
  for await (const progress of takeSteps(steps, globals, signal)) {
    terminal.say(`${progress.outcome}: ${progress.does}`);
    done.push(progress);
  }
  return { ...report, steps: done };
}

async function verified({ cluster, context, answers }: Site, signal: AbortSignal): Promise<StageReport> {
  const stage = titles.verify;
  if (context.globals.dryRun)
    return { stage, steps: [{ does: 'look at every node and the balancer', outcome: 'would be done' }], proofs: [] };
  const newId = () => context.identity.word(12);
  const proofs: readonly Proof[] = await proveCluster(cluster, { portal: answers.portal, newId }, signal);
  return { stage, steps: [], proofs };
}

const nextLines = (dryRun: boolean, line: string): readonly string[] => [
  dryRun ? 'To do it, without questions:' : 'The same without questions:',
  `  ${line}`,
  ...(dryRun
    ? []
    : [
        'What to do next:',
        '  octo-ha status            the cluster on one screen',
        '  octo-ha node drain NODE   take a node out of service; node undrain gives it back',
        '  octo-ha node add HOST     one more node',
      ]),
];
