import { Failure } from '../errors.js';
import { inTime } from '../ports/clock.js';
import { systemClock } from './system-clock.js';

/** Runs a command that has so many milliseconds to answer, where that is said. Without an answer it is *unknown*. */
export async function answered<T>(
  on: string,
  milliseconds: number | undefined,
  run: (limit: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  if (milliseconds === undefined) return await run(signal);
  const late = () => new Failure('unknown', `a command on ${on} did not end within ${milliseconds / 1_000} s`);
  return await inTime(systemClock, milliseconds, signal, run, late);
}
