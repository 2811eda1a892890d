import * as z from 'zod/mini';
import { type Machine, surveyMachine } from './machine.js';
import { octopusWords } from './octopus-words.js';

/** What a machine tells of itself before a node is set up on it. */
export interface Survey {
  readonly platform: string;
  readonly machine: string;
  /** The login may change the machine. */
  readonly isAdministrator: boolean;
  /** Of Octopus Server; `undefined` where it is not installed, or does not tell. */
  readonly version: string | undefined;
  /** What was said instead of a version. */
  readonly complaint: string;
  /** Names of the instances; `undefined` where Octopus Server does not tell. */
  readonly instances: readonly string[] | undefined;
  /** Bytes; `undefined` where it is not known. */
  readonly free: number | undefined;
  /** The container that Octopus Server is to run in, where it runs in one. */
  readonly container: Container | undefined;
  /** Of each `HOST/PORT` that was asked for. */
  readonly targets: ReadonlyMap<string, 'open' | 'closed' | 'unknown'>;
}

/** A container as whoever made it described it. */
export interface Container {
  /** In Docker's words; `undefined` where it does not tell of one. */
  readonly status: string | undefined;
  /** What Docker said instead. */
  readonly complaint: string;
  readonly image: string;
  /** Its variables: of those that are confidential only that they are there. */
  readonly variables: ReadonlyMap<string, string>;
}

/** Looks at a machine by one call. Nothing is changed there. */
export async function survey(
  machine: Machine,
  program: string | undefined,
  targets: readonly string[],
  signal: AbortSignal,
): Promise<Survey> {
  return parseSurvey(await surveyMachine(machine, { program: octopusWords(machine, program), targets }, signal));
}

const instances = z.array(z.object({ InstanceName: z.string() }));

/** Reads lines of a key and a value; what is missing or not understood is not known. */
export function parseSurvey(text: string): Survey {
  const lines = text.split(/\r?\n/).map((line) => {
    const [key = '', rest = ''] = line.split(/ (.*)/s);
    return { key, rest };
  });
  const told = (key: string) => lines.find((line) => line.key === key)?.rest.trim() ?? '';
  const [versionCode = '', said = ''] = told('version').split(/ (.*)/s);
  const [instanceCode, list = ''] = told('list-instances').split(/ (.*)/s);
  const free = told('free');
  const targets = lines
    .filter(({ key }) => key === 'target')
    .flatMap(({ rest }) => {
      const [target = '', state] = rest.trim().split(' ');
      return target === '' ? [] : [[target, state === 'open' || state === 'closed' ? state : 'unknown'] as const];
    });
  return {
    platform: told('platform'),
    machine: told('machine'),
    isAdministrator: told('user') === '0',
    version: versionCode === '0' ? /\d+\.\d+\.\d+\S*/.exec(said)?.[0] : undefined,
    complaint: said.trim(),
    instances: instanceCode === '0' ? instancesIn(list) : undefined,
    container: containerIn(lines),
    free: /^\d{1,15}$/.test(free) ? Number(free) * 1_024 : undefined,
    targets: new Map(targets),
  };
}

/** https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerInspect */
const status = z.enum(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']);

function containerIn(lines: readonly { readonly key: string; readonly rest: string }[]): Container | undefined {
  const said = lines.find(({ key }) => key === 'container')?.rest;
  if (said === undefined) return undefined;
  const [code = '', found = '', image = ''] = said.split(' ');
  const known = status.safeParse(found);
  const variables = lines
    .filter(({ key }) => key === 'variable')
    .map(({ rest }) => {
      const [name = '', value = ''] = rest.split(/=(.*)/s);
      return [name, value] as const;
    });
  return {
    status: code === '0' && known.success ? known.data : undefined,
    complaint: code === '0' ? '' : said.slice(code.length).trim(),
    image: code === '0' ? image : '',
    variables: new Map(variables),
  };
}

/** The list stands among what else Octopus Server prints. */
function instancesIn(printed: string): readonly string[] | undefined {
  const [found] = /\[[\s\S]*\]/.exec(printed) ?? [];
  try {
    return instances.parse(JSON.parse(found ?? '')).map(({ InstanceName }) => InstanceName);
  } catch {
    return undefined;
  }
}
