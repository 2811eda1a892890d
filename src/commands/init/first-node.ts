import type { Answers } from '../../configuration/answers.js';
import { Failure } from '../../errors.js';
import { askConsent } from '../consent.js';
import type { Context } from '../context.js';
import { contextNamed } from './make-site.js';
import { describeCluster } from './stages/describe.js';

/** Makes the database where it is missing. Answers whether Octopus Server has still to make its tables in it. */
export async function makeDatabase(
  name: string,
  answers: Answers,
  context: Context,
  changing: () => void,
): Promise<boolean> {
  const { globals, terminal, signal } = context;
  const before = await contextNamed(name, context);
  const described = await describeCluster(answers, before, context);
  const what = 'create the database of Octopus Server where it is missing, with the collation Latin1_General_CI_AS';
  if (globals.dryRun) terminal.say(`would ${what}`);
  else {
    terminal.say(`To do:\n  - ${what}`);
    await askConsent('moderate', 'Do that?', 'database', context);
    await context.createOctopusDatabase(described);
    changing();
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
export const firstNode = [
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
