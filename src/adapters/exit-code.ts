import { constants } from 'node:os';

/** How a program ended as one number, the way shells count: 128 and the signal's number where one ended it. */
export function exitCodeOf(code: number | null, signal: string | null | undefined): number {
  if (code !== null) return code;
  const number = Object.entries(constants.signals).find(([name]) => name === signal || name === `SIG${signal}`)?.[1];
  return 128 + (number ?? 0);
}
