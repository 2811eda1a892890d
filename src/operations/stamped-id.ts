import type { Identity } from '../ports/identity.js';

/** An id that tells its time to a person, `20260301-100000-k7pm`; those of one second are in an order of chance. */
export function stampedId(at: Date, identity: Pick<Identity, 'word'>): string {
  const [date = '', time = ''] = at.toISOString().split('T');
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${identity.word(4)}`;
}
