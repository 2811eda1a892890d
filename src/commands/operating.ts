import { type BalancerHand, balancerHand } from '../operations/balancer-hand.js';
import type { Operating } from '../operations/journal/run-operation.js';
import { needsSqlConsent, sqlConsentText } from '../operations/sql-consent.js';
import { askConsent } from './consent.js';
import type { Context } from './context.js';

/**
 * The cluster together with who changes it and why, as the command line says. The first change of a cluster through its
 * database asks once whether that is wanted.
 */
export async function operating(context: Context): Promise<Operating> {
  const { identity, globals, terminal, signal } = context;
  const { reason, change, override, waitLease } = globals;
  const cluster = await context.cluster();
  const consents = await needsSqlConsent(cluster, signal);
  if (consents) {
    terminal.say(sqlConsentText);
    await askConsent('moderate', "May octo-ha write this to Octopus' database from now on?", 'database', context);
  }
  return {
    cluster,
    identity,
    balancer: await handOf(context),
    occasion: { reason, changeId: change, overrides: override, waitLease, consentsToSql: consents },
  };
}

async function handOf({ balancer, balancerPorts }: Context): Promise<BalancerHand | undefined> {
  const known = await balancer();
  return known && balancerHand(known, balancerPorts);
}
