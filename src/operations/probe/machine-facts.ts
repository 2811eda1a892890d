import * as z from 'zod/mini';
import { answerIn } from '../../ports/shell-answer.js';
import { fromBase64 } from '../machine/base64.js';

/** Plain behind `~` where its characters are harmless, else in base64. */
const text = z.pipe(
  z.string(),
  z.transform((written) => (written.startsWith('~') ? written.slice(1) : fromBase64(written))),
);
const number = z.nullable(z.number());
const flag = z.nullable(z.boolean());

const folder = z.object({
  path: text,
  exists: z.boolean(),
  /** Where it really is, links followed. */
  target: text,
  /** `ext4`, `cifs`, `NTFS`; empty where it is not known. */
  fileSystem: text,
  /** What is mounted there: `//files/octopus`, `/dev/sda1`, `\\files\octopus`. */
  source: text,
  /** By which its file system knows it; empty where that is not told. */
  number: z._default(text, ''),
  /** Whether who looked may write there; nobody tries. */
  writable: z._default(flag, null),
  totalBytes: number,
  freeBytes: number,
  /** The last names in it, in order, and how many there are. */
  names: z.array(text),
  entries: number,
});

const facts = z.object({
  /** By its own clock, in milliseconds since 1970. */
  clock: z.number(),
  os: z.enum(['linux', 'windows']),
  osName: text,
  osVersion: text,
  host: text,
  /** Who looked. */
  user: text,
  utcOffsetMinutes: number,
  timeSynchronised: flag,
  uptimeSeconds: number,
  rebootPending: flag,
  processors: number,
  load: number,
  memoryBytes: number,
  memoryAvailableBytes: number,
  folders: z.array(folder),
  /** TCP ports that somebody listens on; `null` where that cannot be told. */
  listening: z.nullable(z.array(z.number())),
  /** Addresses that have a connection open to the port for polling Tentacles. */
  pollers: z.nullable(z.array(text)),
  reach: z.array(z.object({ target: text, ok: flag })),
  names: z.array(z.object({ name: text, addresses: z.array(text) })),
  service: z.object({
    /** `running`, `stopped`, `missing`, or what its manager says. */
    state: text,
    /** Started by its manager when the machine starts. */
    automatic: flag,
    account: text,
    restarts: number,
  }),
  watchdog: flag,
  instances: number,
  /** Of the instance's configuration: no secrets. Empty where it is not known. */
  nodeName: text,
  databaseServer: text,
  databaseName: text,
  home: text,
  version: text,
  proxy: text,
  /** How often each phrase stands in the end of Octopus Server's log; absent where the log cannot be read. */
  log: z.nullable(z.record(z.string(), z.number())),
});

export type FolderFacts = z.infer<typeof folder>;

/** What one probe of a node's machine found. Empty text stands for what is not known. */
export type MachineFacts = Omit<z.infer<typeof facts>, 'clock'> & {
  /** How far its clock is ahead of this machine's, in milliseconds, and how far that may be off. */
  readonly clockAheadMs: number;
  readonly clockDoubtMs: number;
};

/** `undefined` where there is none. */
export function parseProbe(stdout: string): z.infer<typeof facts> | undefined {
  return answerIn(facts, stdout, 'octo-ha-probe:');
}
