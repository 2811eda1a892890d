import { octopusTiming, type Timing } from '../cluster/timing.js';

const prefix = 'timing.';

/** Octopus' own times, with those that this cluster keeps otherwise: settings named `timing.settle` in milliseconds. */
export function timingFrom(settings: ReadonlyMap<string, string>): Timing {
  const kept = Object.keys(octopusTiming).flatMap((name) => {
    const value = Number(settings.get(prefix + name));
    return Number.isFinite(value) && value > 0 ? [[name, value] as const] : [];
  });
  return { ...octopusTiming, ...Object.fromEntries(kept) };
}

/** The settings that keep these times. */
export const timingSettings = (timing: Timing): ReadonlyMap<string, string> =>
  new Map(Object.entries(timing).map(([name, value]) => [prefix + name, String(value)]));
