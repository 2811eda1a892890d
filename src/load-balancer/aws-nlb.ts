import { type AwsBalancer, type AwsGroup, awsHealth, awsPing, awsTargets, awsTiming } from './aws.js';
import { awsCloudFormation } from './aws-cloudformation.js';
import { awsTerraform } from './aws-terraform.js';
import { type BalancerProduct, onlyApache, onlyHaproxy, type Plan, type Stream } from './balancer.js';
import { samePort } from './site.js';
import { clamped, seconds } from './words.js';

const title = 'AWS Network Load Balancer';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html */
export const awsNlb: BalancerProduct = {
  name: 'aws-nlb',
  title,
  formats: [
    { name: 'terraform', comment: '#', body: (plan) => awsTerraform(balancer(plan)) },
    { name: 'cloudformation', comment: '#', body: (plan) => awsCloudFormation(balancer(plan)) },
  ],
  cannot: {
    key: 'a certificate of ACM holds both: name its ARN with --cert',
    ca: 'it does not check the certificates of targets',
    'backend name': 'it does not check the certificates of targets',
    'host header': 'it does not read requests',
    'proxy protocol': 'it stands in front itself',
    'nodes of http and https': 'a target group is reached the same way',
    'listening address': 'its subnets say where it listens',
    socket: onlyHaproxy,
    manager: onlyApache,
  },
  names: {
    cert: { pattern: /^arn:aws[a-z-]*:(acm|iam):/, example: 'arn:aws:acm:eu-west-1:123456789012:certificate/0f1e' },
  },
  limits: [
    'It checks at most every 5 seconds, and at least 2 checks decide.',
    'When every node drains or is down, it sends connections to all of them.',
    'It balances connections, not requests: it repeats nothing and adds no X-Forwarded headers, and a client that keeps ' +
      'its connection stays on a node that drains until either closes it.',
    'Where it ends TLS (--cert), it cuts what is silent for 350 seconds, however long a request may be: ' +
      'https://docs.aws.amazon.com/elasticloadbalancing/latest/network/update-idle-timeout.html',
  ],
  noticesDrain: true,
  timing: awsTiming,
};

function balancer(plan: Plan): AwsBalancer {
  const { portal, streams } = plan;
  return {
    type: 'network',
    settings: [
      {
        terraform: 'enable_cross_zone_load_balancing',
        cloudFormation: 'load_balancing.cross_zone.enabled',
        value: true,
      },
    ],
    groups: [
      ...(portal === undefined
        ? []
        : [
            group(
              plan,
              {
                name: 'portal',
                port: portal.port,
                targets: portal.members.map((member) => ({ member, port: member.port })),
                leavesDrained: true,
              },
              portal.tls === undefined ? undefined : { certificate: portal.tls.certificate, secure: portal.secure },
            ),
          ]),
      ...streams.map((stream) => group(plan, stream, undefined)),
    ],
  };
}

/**
 * By default, connections to an unhealthy target are cut: a node that drains keeps its own until they end.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
 */
const endsInPeace: AwsGroup['settings'] = [
  {
    terraform: 'target_health_state.enable_unhealthy_connection_termination',
    cloudFormation: 'target_health_state.unhealthy.connection_termination.enabled',
    value: false,
  },
];

function group(
  plan: Plan,
  { name, port, targets, leavesDrained }: Stream,
  tls: { readonly certificate: string; readonly secure: boolean } | undefined,
): AwsGroup {
  const [first] = targets;
  const pinged = targets.map(({ member }) => member.port);
  const secure = first?.member.secure === true;
  return {
    word: name,
    protocol: tls?.secure === true ? 'TLS' : 'TCP',
    port: first?.port ?? port,
    ...awsTargets(targets, title),
    check: leavesDrained
      ? awsPing(
          plan,
          secure,
          targets.every((target) => target.port === target.member.port)
            ? 'traffic-port'
            : String(samePort(pinged, title)),
        )
      : { protocol: 'TCP', path: undefined, port: 'traffic-port', ...awsHealth(plan.health) },
    settings: [
      {
        terraform: 'deregistration_delay',
        cloudFormation: 'deregistration_delay.timeout_seconds',
        value: clamped(seconds(plan.longestRequest), 0, 3_600),
      },
      ...endsInPeace,
    ],
    listener: {
      protocol: tls === undefined ? 'TCP' : 'TLS',
      port,
      certificate: tls?.certificate,
      settings:
        tls === undefined
          ? [
              {
                terraform: 'tcp_idle_timeout_seconds',
                cloudFormation: 'tcp.idle_timeout.seconds',
                value: clamped(seconds(plan.longestRequest), 60, 6_000),
              },
            ]
          : [],
    },
    comments: [
      leavesDrained
        ? 'A node that drains answers its ping with 418 and gets no more connections; those under way end.'
        : 'Polled nodes stay while they drain: the tasks that end there need their Tentacles.',
    ],
  };
}
