import { Failure } from '../../errors.js';

/** The next moment at which clocks on this machine show `HH:MM`, within the 24 hours that follow `now`. */
export function nextTime(text: string, now: Date): Date {
  const [, hours = '', minutes = ''] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours === '') throw new Failure('usage', `${text} is no time of day`, { hint: 'Write it like 05:00.' });
  const next = new Date(now);
  next.setHours(Number(hours), Number(minutes), 0, 0);
  if (next <= now) next.setDate(next.getDate() + 1);
  return next;
}
