import { Failure } from '../../errors.js';
import { type Destination, type HostSettings, parseDestination } from './host-settings.js';
import { type ConfigurationSource, settingsOf } from './ssh-configuration.js';

const longest = 8;

/**
 * The hosts on the way to a machine, itself last. A jump host is reached through those named before it; the first of
 * them through those that the configuration names for it, as ssh does.
 */
export async function routeTo(
  destination: Destination,
  jumps: readonly string[] | undefined,
  source: ConfigurationSource,
  signal: AbortSignal,
): Promise<readonly HostSettings[]> {
  const way: HostSettings[] = [];
  let next: Destination | undefined = destination;
  let through = jumps;
  while (next !== undefined) {
    if (way.length === longest) {
      throw new Failure('usage', `the way to ${destination.host} leads through more than ${longest} hosts`, {
        hint: 'Look for a ProxyJump in the ssh configuration that leads back to itself',
      });
    }
    const settings = await settingsOf(next, source, signal);
    way.unshift(settings);
    const before: readonly string[] = through ?? settings.jumps;
    const nearest = before.at(-1);
    next = nearest === undefined ? undefined : parseDestination(nearest);
    through = before.length > 1 ? before.slice(0, -1) : undefined;
  }
  return way;
}
