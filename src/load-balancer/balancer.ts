/** A node as a load balancer reaches it. */
export interface BalancedNode {
  readonly name: string;
  /** The node's own web address: `https://web-1.example.com:443`. Only scheme, host and port count. */
  readonly url: string;
}

/** How a node's ping is asked. Only 200 means that requests may be sent there. */
export interface HealthCheck {
  /** Milliseconds between two checks of a node. */
  readonly interval: number;
  /** The same while a node's state is about to change. */
  readonly fastInterval: number;
  /** Checks in a row that must fail before a node gets no more requests. */
  readonly fall: number;
  /** Checks in a row that must succeed before it gets requests again. */
  readonly rise: number;
  /** Milliseconds for one check. */
  readonly timeout: number;
}

/** What a configuration is rendered from. Everything in it is validated or encoded for its place. */
export interface Site {
  readonly nodes: readonly BalancedNode[];
  readonly listen: {
    /** An address of this machine, or `*`. */
    readonly address: string;
    readonly port: number;
    /** A file with certificate chain and key in PEM; without it the balancer speaks plain HTTP. */
    readonly certificate?: string;
  };
  readonly health: HealthCheck;
  /** A file with the authorities, in PEM, of nodes reached over https; without it the system's are used. */
  readonly ca?: string;
  /** How this configuration was made: the program, its version and the command. */
  readonly origin: string;
}

/** Milliseconds until a balancer has surely noticed. */
export interface BalancerTiming {
  /** From a node's first 418 until it gets no more new requests. */
  readonly outAfter: number;
  /** From a node's first 200 until it gets requests again. */
  readonly inAfter: number;
}

/** A product that can stand in front of the nodes. */
export interface BalancerProduct {
  /** As it is typed: `haproxy`. */
  readonly name: string;
  readonly title: string;
  /** The text of its configuration file, the same for the same site. */
  render(site: Site): string;
  timing(health: HealthCheck): BalancerTiming;
}

/** What octo-ha proposes for a cluster. A request may last 20 minutes, so large packages and slow queries end well. */
export const usualHealthCheck: HealthCheck = {
  interval: 2_000,
  fastInterval: 1_000,
  fall: 2,
  rise: 2,
  timeout: 5_000,
};

/** The longest a request may be silent, in milliseconds. */
export const longestRequest = 20 * 60_000;

/** https://octopus.com/docs/administration/high-availability/load-balancing */
export const pingPath = '/api/octopusservernodes/ping';
