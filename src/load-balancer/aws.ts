import { Failure } from '../errors.js';
import type { HealthCheck, Plan, Stream } from './balancer.js';
import { isIp } from './endpoint.js';
import { targetOf } from './site.js';
import { clamped, seconds } from './words.js';

/** A setting by its path in Terraform, where dots lead into blocks, and by its key in CloudFormation. */
export interface AwsSetting {
  readonly terraform: string;
  readonly cloudFormation: string;
  readonly value: string | number | boolean;
}

export interface AwsGroup {
  /** Letters, digits and `-`. */
  readonly word: string;
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'TLS';
  readonly port: number;
  readonly targetType: 'ip' | 'instance';
  readonly targets: readonly { readonly name: string; readonly id: string; readonly port: number }[];
  readonly check: {
    readonly protocol: 'HTTP' | 'HTTPS' | 'TCP';
    readonly path: string | undefined;
    /** `traffic-port`, or a port. */
    readonly port: string;
    readonly interval: number;
    readonly timeout: number;
    readonly healthy: number;
    readonly unhealthy: number;
  };
  readonly settings: readonly AwsSetting[];
  readonly listener: {
    readonly protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'TLS';
    readonly port: number;
    readonly certificate: string | undefined;
    readonly settings: readonly AwsSetting[];
  };
  readonly comments: readonly string[];
}

/** An Elastic Load Balancer, from which both languages are written. */
export interface AwsBalancer {
  readonly type: 'application' | 'network';
  readonly settings: readonly AwsSetting[];
  readonly groups: readonly AwsGroup[];
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html */
export function awsHealth({ interval, fall, rise, timeout }: HealthCheck) {
  const every = clamped(seconds(interval), 5, 300);
  return {
    interval: every,
    timeout: clamped(Math.min(seconds(timeout), every - 1), 2, 120),
    healthy: clamped(rise, 2, 10),
    unhealthy: clamped(fall, 2, 10),
  };
}

export function awsTiming(health: HealthCheck) {
  const { interval, healthy, unhealthy, timeout } = awsHealth(health);
  return {
    outAfter: (unhealthy * interval + timeout) * 1_000 + 1_000,
    inAfter: (healthy * interval + timeout) * 1_000 + 1_000,
  };
}

/** A group knows one kind of target and one protocol. */
export function awsTargets(targets: Stream['targets'], title: string): Pick<AwsGroup, 'targetType' | 'targets'> {
  const found = targets.map(({ member, port }) => ({ name: member.name, id: targetOf(member, title), port }));
  const kinds = new Set(found.map(({ id }) => kindOf(id)));
  const [kind] = kinds;
  if (kinds.size === 1 && kind !== undefined) return { targetType: kind, targets: found };
  throw new Failure('usage', `${title} takes addresses or instances, not both in one group`, {
    hint: 'Say it the same way for every node: --targets NODE=10.0.0.1, or --targets NODE=i-0123456789abcdef0',
  });
}

const kindOf = (id: string): AwsGroup['targetType'] | undefined =>
  isIp(id) ? 'ip' : /^i-[0-9a-f]{8,17}$/.test(id) ? 'instance' : undefined;

export const awsPing = (plan: Plan, secure: boolean, port: string): AwsGroup['check'] => ({
  protocol: secure ? 'HTTPS' : 'HTTP',
  path: plan.ping,
  port,
  ...awsHealth(plan.health),
});
