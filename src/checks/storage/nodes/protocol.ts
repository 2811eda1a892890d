/**
 * How a node's machine is asked about the shared folder. A call sends a constant bootstrap and one document, and gets one
 * answer, as wherever octo-ha asks a machine. What it writes has fixed names in a folder of its own.
 */
import * as z from 'zod/mini';
import { Failure } from '../../../errors.js';
import { fromBase64, toBase64 } from '../../../operations/machine/base64.js';
import { answerIn } from '../../../ports/shell-answer.js';

/** What is written in the probe's folder. */
export type ProbeFile = 'probe' | 'lock' | 'held' | 'release';

export interface ProbeRequest {
  readonly verb: /** Where the folder leads in the end. */
    | 'look'
    | 'write'
    | 'see'
    /** Locks the file `lock`, writes `held`, and waits for `release`. */
    | 'hold'
    /** Tries to lock it. */
    | 'try'
    | 'remove';
  /** The shared folder as this node knows it. */
  readonly path: string;
  /** The probe's own folder in it. */
  readonly folder: string;
  readonly file?: ProbeFile;
  readonly text?: string;
  /** For how long to hold the lock at most. */
  readonly seconds?: number;
  /** Runs Octopus Server there, under the account that is to look. */
  readonly manager?: 'systemd' | 'docker' | 'windows' | undefined;
  readonly service?: string | undefined;
  /** Of that account, on Windows, where a scheduled task needs it. */
  readonly password?: string | undefined;
  /** On Windows the program itself, already in base64. */
  readonly program?: string;
}

const words: ReadonlySet<string> = new Set(['verb', 'folder', 'file', 'seconds', 'manager', 'program']);

/** JSON with an entry a line, which `sh` can read: values are words of a few characters, or base64. */
export function encodeRequest(request: ProbeRequest): string {
  if (!/^octo-ha-probe-[A-Za-z0-9-]{1,64}$/.test(request.folder)) throw new Error(`${request.folder} is no probe`);
  const entries = Object.entries(request).filter(([, value]) => value !== undefined);
  const lines = entries.map(([name, value]) => {
    const text = String(value);
    if (text.includes('\0')) throw new Failure('usage', `the ${name} contains a NUL character`);
    return `${JSON.stringify(name)}:${JSON.stringify(words.has(name) ? text : toBase64(text))}`;
  });
  return `{\n${lines.join(',\n')}\n}\n`;
}

const text = z.pipe(z.string(), z.transform(fromBase64));

const who = {
  /** Who has looked. */
  user: text,
  /** Under which Octopus Server runs there; empty where that is not known. */
  account: text,
  /** Whether these two are the same. */
  as: z.enum(['service', 'other', 'unknown']),
};

const answer = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('looked'),
    ...who,
    /** Of file system, as the system calls it: `cifs`, `smb`, `ext4`. */
    type: text,
    source: text,
    /** The folder within the source. */
    inside: text,
    /** The same for all who see one machine, as long as it runs. */
    machine: text,
    /** Tells disks of one machine apart; empty where their names do. */
    device: text,
  }),
  z.object({ state: z.literal('seen'), ...who, text }),
  z.object({ state: z.enum(['written', 'missing', 'refused', 'taken', 'released', 'expired', 'removed']), ...who }),
  z.object({ state: z.literal('cannot'), ...who, message: text }),
]);

export type ProbeAnswer = z.infer<typeof answer>;

/** `undefined` where there is none. */
export function parseProbeAnswer(stdout: string): ProbeAnswer | undefined {
  return answerIn(answer, stdout, 'octo-ha:');
}
