import type { MachineAddress } from '../../cluster/machine-address.js';
import type { Container, Survey } from '../../operations/machine/survey.js';

/** What was looked at before anything is changed. */
export interface Finding {
  readonly title: string;
  readonly status: 'pass' | 'warn' | 'fail' | 'unknown';
  readonly says: string;
}

export interface PreflightFacts {
  readonly name: string;
  readonly manager: MachineAddress['manager'];
  readonly survey: Survey;
  /** Versions of the nodes that run. */
  readonly versions: readonly string[];
  /** What starts Octopus Server on the other machines that are known. */
  readonly others: readonly MachineAddress['manager'][];
  /** Where the database is, as `HOST/PORT`, where that is known. */
  readonly database: string | undefined;
}

const gib = 1024 ** 3;

/** Octopus documents no least size; below these a node hardly lives. */
const scarce = 10 * gib;
const least = gib;

const isWindows = (manager: MachineAddress['manager']): boolean => manager === 'windows';

/** Judges what a machine told of itself, all of it, in the order in which it is told. */
export function judgePreflight(facts: PreflightFacts): readonly Finding[] {
  const { container } = facts.survey;
  const installed = container === undefined ? [version(facts)] : inContainer(container, facts);
  return [platform(facts), rights(facts), ...installed, disk(facts), ...reach(facts)];
}

function platform({ manager, survey, others, name }: PreflightFacts): Finding {
  const title = 'platform';
  const found = survey.platform;
  if (found === '') return { title, status: 'unknown', says: `${name} does not tell its platform` };
  if ((found === 'Windows') !== isWindows(manager)) {
    return { title, status: 'fail', says: `it is ${found}, which ${manager} does not run on` };
  }
  const other = others.find((one) => isWindows(one) !== isWindows(manager));
  if (other !== undefined) {
    const says = `it is ${found}, and other nodes run on ${isWindows(other) ? 'Windows' : 'Linux'}: the paths in the database fit one of them only`;
    return { title, status: 'fail', says };
  }
  return { title, status: 'pass', says: found };
}

function rights({ survey, manager }: PreflightFacts): Finding {
  const title = 'rights';
  if (survey.isAdministrator) return { title, status: 'pass', says: 'the login may change the machine' };
  const says = isWindows(manager) ? 'the login is no administrator' : 'the login is not root; sudo: true uses sudo';
  return { title, status: 'fail', says };
}

function version({ survey, versions, name }: PreflightFacts): Finding {
  const title = 'version';
  const wanted = [...new Set(versions)];
  if (survey.version === undefined) {
    const why = survey.complaint === '' ? '' : `: ${survey.complaint.slice(0, 200)}`;
    const which = wanted.length === 0 ? '' : ` ${wanted.join(' or ')}`;
    return {
      title,
      status: 'fail',
      says: `Octopus Server${which} is not installed on ${name}, or does not answer${why}`,
    };
  }
  if (wanted.length > 0 && !wanted.includes(survey.version)) {
    const says = `Octopus Server ${survey.version} is installed, and the cluster runs ${wanted.join(', ')}`;
    return { title, status: 'fail', says };
  }
  return { title, status: 'pass', says: `Octopus Server ${survey.version}` };
}

/** The version that an image says it is. */
export const versionOfImage = (image: string): string | undefined => /:v?(\d+\.\d+\.\d+)(?![\d.])/.exec(image)?.[1];

/** A container gets its settings from whoever makes it, and no command can change them afterwards. */
function inContainer({ image, variables }: Container, facts: PreflightFacts): readonly Finding[] {
  const { name, versions, survey } = facts;
  const called = variables.get('OCTOPUS_SERVER_NODE_NAME') ?? '';
  const cap = variables.get('TASK_CAP') ?? '';
  const missing = ['MASTER_KEY', 'DB_CONNECTION_STRING'].filter((one) => !variables.has(one));
  const found = survey.version ?? versionOfImage(image);
  return [
    called.toLowerCase() === name.toLowerCase()
      ? { title: 'node name', status: 'pass', says: called }
      : {
          title: 'node name',
          status: 'fail',
          says: `OCTOPUS_SERVER_NODE_NAME is ${called === '' ? 'not set, so that each new container would be another node' : called}`,
        },
    cap === '0'
      ? {
          title: 'task cap',
          status: 'warn',
          says: 'TASK_CAP is 0, as it has to be; where Octopus reads it again at a restart, the cap is 0 again (octo-ha node cap)',
        }
      : {
          title: 'task cap',
          status: 'fail',
          says: `TASK_CAP is ${cap || 'not set'}: with 0 it gets no tasks too early`,
        },
    missing.length === 0
      ? {
          title: 'settings',
          status: 'pass',
          says: 'it has a master key and a connection string; whether they are right shows when it starts',
        }
      : { title: 'settings', status: 'fail', says: `${missing.join(' and ')} not set` },
    found === undefined
      ? {
          title: 'version',
          status: 'unknown',
          says: `${image} tells no version; a node of another version gets no tasks`,
        }
      : version({ ...facts, survey: { ...survey, version: found }, versions }),
  ];
}

function disk({ survey: { free } }: PreflightFacts): Finding {
  const title = 'disk';
  if (free === undefined) return { title, status: 'unknown', says: 'how much space is free is not known' };
  const says = `${(free / gib).toFixed(1)} GiB free`;
  return { title, status: free < least ? 'fail' : free < scarce ? 'warn' : 'pass', says };
}

function reach({ survey: { targets, container }, database }: PreflightFacts): readonly Finding[] {
  return [...targets].map(([target, state]) => {
    const title = target === database ? 'database' : 'other node';
    const where = target.replace(/\/(\d+)$/, ':$1');
    if (state === 'open') return { title, status: 'pass', says: `${where} takes connections` };
    if (state === 'unknown')
      return { title, status: 'unknown', says: `whether ${where} takes connections is not known` };
    const isInTheWay = target === database && container === undefined;
    // A container may have ways of its own. Nodes meet in the database; that they reach each other is for whoever looks for trouble.
    return { title, status: isInTheWay ? 'fail' : 'warn', says: `${where} takes no connections from there` };
  });
}
