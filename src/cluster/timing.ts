/**
 * How long things take in this cluster, in milliseconds. The defaults are Octopus' own intervals and octo-ha's margins
 * over them; a lab has short ones, kept with its cluster.
 */
export interface Timing {
  /** Nodes refresh `LastSeen` about this often. */
  readonly heartbeat: number;
  /** Unseen for this long, a node is offline. */
  readonly offlineAfter: number;
  /** Unseen for this long, a node is forgotten rather than offline. */
  readonly staleAfter: number;
  /** After the node itself confirmed the flag, a task can no longer start on it: nodes poll the queue every 20 s. */
  readonly settle: number;
  /** The same where the node's ping could not be asked. */
  readonly settleUnconfirmed: number;
  /** Between two looks while waiting. */
  readonly look: number;
}

const second = 1_000;

/** https://octopus.com/docs/administration/high-availability/how-high-availability-works */
export const octopusTiming: Timing = {
  heartbeat: 60 * second,
  offlineAfter: 150 * second,
  staleAfter: 5 * 24 * 60 * 60 * second,
  settle: 25 * second,
  settleUnconfirmed: 65 * second,
  // Three statements a look, so that a wait costs the database no more than one a second.
  look: 4 * second,
};
