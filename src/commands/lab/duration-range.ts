import { formatDuration, parseDuration } from '../../cluster/duration.js';
import { Failure } from '../../errors.js';
import type { DurationRange } from '../../lab/submit.js';
import type { Option } from '../command.js';

/** `1s..5s`, or `3s` for one length only. */
export const durationRange = (initial: DurationRange, help: string): Option<DurationRange> => ({
  kind: 'value',
  value: 'FROM..TO',
  help: `${help} (default ${formatDuration(initial.shortest)}..${formatDuration(initial.longest)})`,
  initial,
  parse(raw) {
    const [shortest, longest = shortest, ...more] = raw.split('..').map(parseDuration);
    if (shortest !== undefined && longest !== undefined && more.length === 0 && shortest <= longest) {
      return { shortest, longest };
    }
    throw new Failure('usage', `${raw} is no range of durations`, { hint: 'Write it like 1s..5s, or 3s.' });
  },
});

export const usualTasks: DurationRange = { shortest: 1_000, longest: 5_000 };
