/** A node as a load balancer reaches it. */
export interface BalancedNode {
  readonly name: string;
  /** The node's own web address: `https://web-1.example.com:443`, with the path of a virtual directory if it has one. */
  readonly url: string;
  /** It gets no requests, also from a product that cannot see by itself that it drains. */
  readonly drained?: boolean;
  /** It runs no tasks, so polling Tentacles need not reach it. */
  readonly uiOnly?: boolean;
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

/** Milliseconds until a balancer has surely noticed. */
export interface BalancerTiming {
  /** From a node's first 418 until it gets no more new requests. */
  readonly outAfter: number;
  /** From a node's first 200 until it gets requests again. */
  readonly inAfter: number;
}

/** A server of a pool. Everything in it is safe to be written into any configuration. */
export interface Member {
  /** The node's name, which may hold anything: it goes through `commentText` or an identifier. */
  readonly name: string;
  /** A host name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly drained: boolean;
  /** What the product calls the node where it takes no address: an instance's id or name. */
  readonly target: string | undefined;
}

/** The portal and the API, whose requests the balancer reads. */
export interface Portal {
  readonly address: string;
  readonly port: number;
  /** Without it the balancer speaks plain HTTP. */
  readonly tls: { readonly certificate: string; readonly key: string | undefined } | undefined;
  readonly members: readonly Member[];
  /** The nodes are reached over https. */
  readonly secure: boolean;
}

/** TCP connections that are passed on unread: polling Tentacles, gRPC, or a portal whose TLS the nodes end. */
export interface Stream {
  /** Made of letters, digits and `-`. */
  readonly name: string;
  readonly port: number;
  /** Where the connections go, and the web address of the node that its ping is asked at. */
  readonly targets: readonly { readonly port: number; readonly member: Member }[];
  /**
   * New connections keep away from a node that drains. Not so for polling Tentacles: the tasks that still run there
   * need theirs.
   */
  readonly leavesDrained: boolean;
}

/** What a configuration is rendered from, with every word in it checked. */
export interface Plan {
  readonly portal: Portal | undefined;
  readonly streams: readonly Stream[];
  /** What people type; products that tell sites apart by it serve every name without it. */
  readonly publicHost: string | undefined;
  /** The path of a node's ping. */
  readonly ping: string;
  /** Sent to the nodes in place of what the client asked for. */
  readonly hostHeader: string | undefined;
  /** The Host of a check. */
  readonly checkHost: string;
  /** A file with the authorities, in PEM, of nodes reached over https; without it the system's are used. */
  readonly ca: string | undefined;
  /** The name in every node's certificate, where they share one. */
  readonly backendName: string | undefined;
  readonly health: HealthCheck;
  /** Bytes. */
  readonly largestBody: number;
  /** Milliseconds that a request may be silent. */
  readonly longestRequest: number;
  /** Networks of balancers in front of this one that tell the client's address by the PROXY protocol. */
  readonly proxiesInFront: readonly string[];
  /** A socket for HAProxy's runtime API. */
  readonly socket: string | undefined;
  /** Apache's balancer-manager is there for requests from its own machine. */
  readonly manager: boolean;
  /** The command that makes this configuration. */
  readonly origin: string;
}

/** What a product may be unable to do. */
export type Wish =
  | 'certificate'
  | 'key'
  | 'pass-through'
  | 'streams'
  | 'several ports'
  | 'ca'
  | 'backend name'
  | 'host header'
  | 'proxy protocol'
  | 'nodes of http and https'
  | 'listening address'
  | 'socket'
  | 'manager';

export interface BalancerFormat {
  /** As it is typed: `terraform`. */
  readonly name: string;
  /** What begins a comment; `null` where the syntax has none. */
  readonly comment: '#' | '//' | null;
  /** Why a wish is refused that another format takes. */
  readonly cannot?: Readonly<Partial<Record<Wish, string>>>;
  /** The lines below the header, the same for the same plan. */
  body(plan: Plan): readonly string[];
}

/** How a product calls something: what a name looks like, and one for a message. */
export interface Naming {
  readonly pattern: RegExp;
  readonly example: string;
}

/** A product that can stand in front of the nodes. */
export interface BalancerProduct {
  /** As it is typed: `haproxy`. */
  readonly name: string;
  readonly title: string;
  /** The first one is used when none is named. */
  readonly formats: readonly [BalancerFormat, ...BalancerFormat[]];
  /** Why a wish is refused. */
  readonly cannot: Readonly<Partial<Record<Wish, string>>>;
  /** What stands for a certificate or an authority where it is no file of the balancer's machine. */
  readonly names?: Readonly<Partial<Record<'cert' | 'ca', Naming>>>;
  /** What the product does less well than others; stands in the header. */
  readonly limits: readonly string[];
  /** It asks pings and sees a 418; otherwise it must be told when a node drains. */
  readonly noticesDrain: boolean;
  timing(health: HealthCheck): BalancerTiming;
  /** The words that test a configuration without using it. */
  test?(file: string): readonly string[];
  /** The words that make a running balancer read its configuration again. */
  readonly reload?: readonly string[];
}

export const onlyHaproxy = 'that is for HAProxy';
export const onlyApache = 'that is for Apache';

/** Pings quickly, so that a drained node is left within seconds; a check costs a node next to nothing. */
export const usualHealthCheck: HealthCheck = {
  interval: 2_000,
  fastInterval: 1_000,
  fall: 2,
  rise: 2,
  timeout: 5_000,
};

/** A check may come a whole interval after the node's answer changed; a second is for the check itself. */
export const timingByCounts = ({ interval, fall, rise }: HealthCheck): BalancerTiming => ({
  outAfter: fall * interval + 1_000,
  inAfter: rise * interval + 1_000,
});

/** https://octopus.com/docs/administration/high-availability/load-balancing */
export const pingPath = '/api/octopusservernodes/ping';
