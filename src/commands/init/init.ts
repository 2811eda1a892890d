import { isProblem, overall } from '../../checks/outcome.js';
import type { Answers } from '../../configuration/answers.js';
import { Failure } from '../../errors.js';
import { readStatus } from '../../operations/read-status.js';
import { initText, type StageReport, stageJson } from '../../render/init-text.js';
import { beganWithOne } from '../../setup/init/one-node.js';
import { takeSteps } from '../../setup/steps.js';
import { command } from '../command.js';
import { askConsent } from '../consent.js';
import type { Context } from '../context.js';
import { leaving } from '../leaving.js';
import { flag, optionalChoice, text } from '../options.js';
import { askConnection } from './ask-connection.js';
import { runDoctor } from './checking.js';
import { complete, missing, missingFlags } from './complete.js';
import { draftFile, keepAnswers, readAnswers } from './draft.js';
import { answerOptions, type Facts, type FieldName, fields } from './fields.js';
import { firstNode, makeDatabase } from './first-node.js';
import { contextNamed, orNothing, siteOf, withOneCluster } from './make-site.js';
import type { Site, Stage } from './site.js';
import { type StageName, stageNames } from './stage-names.js';
import { databaseStage } from './stages/database.js';
import { mustHoldNoPassword } from './stages/describe.js';
import { balancerStage } from './stages/load-balancer.js';
import { nodesStage, wantedNodes } from './stages/nodes.js';
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
    const stepFlag = step === undefined ? [] : [`--step ${step}`];
    const configFlag = globals.sources['config'] === 'flag' ? [`--config ${context.configurationFile.path}`] : [];
    const command = ['octo-ha init', ...stepFlag, ...configFlag].join(' ');
    const name = await clusterName(given, wanted, context).catch((error: unknown) => {
      throw leaving(error, { hasChanged: false, goOn: `Begin again with: ${command}` });
    });
    const again = `${command} --context ${name}`;
    const draft = draftFile(context, name);
    const earlier = fresh ? {} : await readAnswers(draft, context, { needed: false });
    if (Object.keys(earlier).length > 0) {
      terminal.say(`going on with the answers of an earlier run, in ${draft} (--fresh forgets them)`);
    }
    let answers: Answers = { ...earlier, ...given, context: name };
    await mustHoldNoPassword(answers, context);
    // Nodes that cannot all be are found out before the first stage changes anything.
    wantedNodes(answers);
    const before = await contextNamed(name, context);
    if (!terminal.interactive) mustBeComplete(wanted, answers, before !== undefined);
    // The run that goes on is not told again what this one was told, and is not to find what this one forgets.
    if (fresh || Object.keys(given).length > 0) await keepAnswers(draft, answers, context);

    const reports: StageReport[] = [];
    let hasChanged = false;
    const changing = () => {
      hasChanged = true;
    };
    try {
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
          const isEmpty = await makeDatabase(name, answers, context, changing);
          if (isEmpty) return { json: { dryRun: globals.dryRun, context: name, answers: draft }, text: firstNode };
        }
        const site = await siteOf(name, answers, context);
        reports.push(stage === 'verify' ? await verified(site, signal) : await setUp(stage, site, changing, signal));
      }
    } catch (error) {
      throw leaving(error, { hasChanged, goOn: globals.dryRun ? undefined : `Go on with: ${again}` });
    }
    const line = `${again} --answers ${draft} --yes`;
    const proof = reports.find(({ isProof }) => isProof === true)?.outcomes ?? [];
    const failed = overall(proof) === 'fail' ? proof.filter((one) => isProblem(one) && one.status !== 'warn') : [];
    const text = [initText(reports, terminal.out), '', ...nextLines(globals.dryRun, line)].join('\n');
    if (failed.length > 0) {
      if (globals.output === 'text') terminal.result(text);
      throw new Failure(
        'unverified',
        `the cluster is set up, and not all is well: ${[...new Set(failed.map(({ check }) => check.id))].join(', ')}`,
        {
          details: { stages: reports.map(stageJson) },
          hint: `See the remedies with: octo-ha doctor --probe --context ${name}\nThen look again with: octo-ha init --step verify --context ${name}`,
        },
      );
    }
    return {
      json: { dryRun: globals.dryRun, context: name, answers: draft, again: line, stages: reports.map(stageJson) },
      text,
    };
  },
});

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

/** Plans, shows, asks and does. */
async function setUp(
  name: Exclude<StageName, 'verify'>,
  site: Site,
  changing: () => void,
  signal: AbortSignal,
): Promise<StageReport> {
  const { globals, terminal } = site.context;
  const stage = stages[name];
  const { lines, steps, outcomes = [] } = await stage.plan(site, signal);
  for (const line of lines) terminal.say(line);
  const open = [];
  for (const step of steps) if (!(await step.isDone(signal))) open.push(step);
  const report = { stage: stage.title, outcomes };
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
    if (progress.outcome === 'done') changing();
    done.push(progress);
  }
  return { ...report, steps: done };
}

/** What is set up here; licence, backups and the like are for doctor alone. */
const proven = ['database', 'storage', 'nodes', 'network', 'load-balancer', 'certificates', 'cluster', 'octo-ha'];

/** Milliseconds that nodes which have just started, and a balancer that has just read its file, have to settle. */
const patience = 30_000;

async function verified(site: Site, signal: AbortSignal): Promise<StageReport> {
  const stage = titles.verify;
  if (site.context.globals.dryRun) {
    const does = 'run the checks of doctor for what was set up';
    return { stage, steps: [{ does, outcome: 'would be done' }], outcomes: [] };
  }
  site.context.terminal.say(
    'running the checks of doctor; the nodes write and lock files in the shared folder, and remove them',
  );
  const found = await runDoctor(site, { words: proven, patience }, signal);
  const outcomes = beganWithOne(found, (await readStatus(site.cluster, signal)).nodes);
  return { stage, steps: [], outcomes, isProof: true };
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
