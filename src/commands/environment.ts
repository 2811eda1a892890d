import type { Globals } from './context.js';

/**
 * Options of every command that may also stand in the environment. Those that consent to something, or hold for one
 * change only, are not among them.
 */
export const settable = [
  'context',
  'config',
  'output',
  'absoluteTimes',
  'timeout',
  'waitLease',
  'deadline',
] as const satisfies readonly (keyof Globals)[];

/** The variable of each: `OCTO_HA_WAIT_LEASE`. */
export const environmentVariables: ReadonlyMap<string, string> = new Map(
  settable.map((key) => [key, `OCTO_HA_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`]),
);
