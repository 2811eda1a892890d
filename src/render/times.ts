import { formatDuration } from '../cluster/duration.js';

/** To the second, in UTC. */
export const moment = (date: Date): string => `${date.toISOString().slice(0, 19).replace('T', ' ')}Z`;

/** How long ago that was at `at`, by the same clock. */
export const age = (since: Date, at: Date): string => formatDuration(Math.max(0, at.getTime() - since.getTime()));
