import { type AwsBalancer, awsPing, awsTargets, awsTiming } from './aws.js';
import { awsCloudFormation } from './aws-cloudformation.js';
import { awsTerraform } from './aws-terraform.js';
import { type BalancerProduct, onlyApache, onlyHaproxy, type Plan } from './balancer.js';
import { portalOfPlan } from './site.js';
import { clamped, seconds } from './words.js';

const title = 'AWS Application Load Balancer';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html */
export const awsAlb: BalancerProduct = {
  name: 'aws-alb',
  title,
  formats: [
    { name: 'terraform', comment: '#', body: (plan) => awsTerraform(balancer(plan)) },
    { name: 'cloudformation', comment: '#', body: (plan) => awsCloudFormation(balancer(plan)) },
  ],
  cannot: {
    key: 'a certificate of ACM holds both: name its ARN with --cert',
    'pass-through': 'that is aws-nlb',
    streams: 'that is aws-nlb',
    ca: 'it does not check the certificates of targets',
    'backend name': 'it does not check the certificates of targets',
    'host header': 'it passes on the one that the client asked for',
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
    'When every node drains or is down, it sends requests to all of them.',
    'It repeats nothing on another node, does not check the certificates of nodes, and adds no X-Forwarded-Host.',
    'A target gets no requests before its first check has passed, unless all are without one.',
  ],
  noticesDrain: true,
  timing: awsTiming,
};

function balancer(plan: Plan): AwsBalancer {
  const { longestRequest } = plan;
  const portal = portalOfPlan(plan, title);
  const protocol = portal.secure ? 'HTTPS' : 'HTTP';
  return {
    type: 'application',
    settings: [
      {
        terraform: 'idle_timeout',
        cloudFormation: 'idle_timeout.timeout_seconds',
        value: clamped(seconds(longestRequest), 1, 4_000),
      },
      {
        terraform: 'preserve_host_header',
        cloudFormation: 'routing.http.preserve_host_header.enabled',
        value: true,
      },
    ],
    groups: [
      {
        word: 'portal',
        protocol,
        port: portal.members[0]?.port ?? 443,
        ...awsTargets(
          portal.members.map((member) => ({ member, port: member.port })),
          title,
        ),
        check: awsPing(plan, portal.secure, 'traffic-port'),
        settings: [
          {
            terraform: 'deregistration_delay',
            cloudFormation: 'deregistration_delay.timeout_seconds',
            value: clamped(seconds(longestRequest), 0, 3_600),
          },
          {
            terraform: 'load_balancing_algorithm_type',
            cloudFormation: 'load_balancing.algorithm.type',
            value: 'least_outstanding_requests',
          },
          { terraform: 'stickiness.type', cloudFormation: 'stickiness.type', value: 'lb_cookie' },
          { terraform: 'stickiness.enabled', cloudFormation: 'stickiness.enabled', value: false },
        ],
        listener: {
          protocol: portal.tls === undefined ? 'HTTP' : 'HTTPS',
          port: portal.port,
          certificate: portal.tls?.certificate,
          settings: [],
        },
        comments: ['A node that drains answers its ping with 418 and gets no more requests; those under way end.'],
      },
    ],
  };
}
