import { Failure } from '../errors.js';
import {
  type BalancerProduct,
  type HealthCheck,
  type Member,
  onlyApache,
  onlyHaproxy,
  type Plan,
  type Portal,
  type Stream,
  timingByCounts,
} from './balancer.js';
import { isIp } from './endpoint.js';
import { samePort, targetOf } from './site.js';
import { clamped, commentText, identifiers, indented, seconds, terraformString } from './words.js';

const title = 'Google Cloud Load Balancing';

/**
 * Global external Application Load Balancer, and proxy Network Load Balancers for what is passed through. Its HTTP
 * checks take 200 and nothing else as healthy. https://cloud.google.com/load-balancing/docs/health-check-concepts
 * A time-out counts until the whole answer has come: https://cloud.google.com/compute/docs/reference/rest/v1/urlMaps
 * So it does for a WebSocket: https://cloud.google.com/kubernetes-engine/docs/concepts/ingress-xlb
 */
export const gcp: BalancerProduct = {
  name: 'gcp',
  title,
  formats: [{ name: 'terraform', comment: '#', body: lines }],
  cannot: {
    key: 'a certificate of Google Cloud holds both: name its id with --cert',
    ca: 'it does not check the certificates of nodes',
    'backend name': 'it does not check the certificates of nodes',
    'host header': 'that is a header action of a URL map',
    'proxy protocol': 'it stands in front itself',
    'nodes of http and https': 'a backend service is reached the same way',
    'listening address': 'its address is a variable',
    socket: onlyHaproxy,
    manager: onlyApache,
  },
  names: {
    cert: {
      // One of Certificate Manager would need a map:
      // https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_target_https_proxy
      pattern: /^(https:\/\/.*\/)?projects\/[^/]+\/global\/sslCertificates\/[^/]+$/,
      example: 'projects/mine/global/sslCertificates/octopus',
    },
  },
  limits: [
    'Nodes outside Google Cloud are reached by their addresses; with --targets NODE=INSTANCE they are instances of the zone.',
    'It repeats a request on another node only where no connection came about.',
    'A WebSocket, and the whole answer to a request, last as long as a request may be silent, and not longer.',
    'It adds X-Forwarded-For and X-Forwarded-Proto, and does not check the certificates of nodes.',
  ],
  noticesDrain: true,
  timing: (health) => timingByCounts({ ...health, interval: times(health).interval * 1_000 }),
};

const times = ({ interval, timeout }: HealthCheck) => {
  const every = clamped(seconds(interval), 1, 300);
  return { interval: every, timeout: clamped(seconds(timeout), 1, every) };
};

function lines(plan: Plan): readonly string[] {
  const { portal, streams } = plan;
  return [
    ...['network', 'zone', 'address'].flatMap((name) => [`variable "${name}" {`, '  type = string', '}', '']),
    ...(portal === undefined ? [] : portalLines(plan, portal)),
    ...streams.flatMap((stream) => streamLines(plan, stream)),
  ];
}

const resource = (type: string, name: string, body: readonly string[]): readonly string[] => [
  `resource "google_compute_${type}" "${name}" {`,
  ...indented(body, 2),
  '}',
  '',
];

function portalLines(plan: Plan, portal: Portal): readonly string[] {
  const name = 'octopus';
  const stream: Stream = {
    name,
    port: portal.port,
    targets: portal.members.map((member) => ({ member, port: member.port })),
    leavesDrained: true,
  };
  const wait = clamped(seconds(plan.longestRequest), 1, 86_400);
  return [
    ...endpoints(stream),
    ...check(plan, stream),
    ...resource('backend_service', name, [
      `name = "${name}"`,
      'load_balancing_scheme = "EXTERNAL_MANAGED"',
      `protocol = "${portal.secure ? 'HTTPS' : 'HTTP'}"`,
      `health_checks = [google_compute_health_check.${name}.id]`,
      'session_affinity = "NONE"',
      'locality_lb_policy = "ROUND_ROBIN"',
      `timeout_sec = ${wait}`,
      `connection_draining_timeout_sec = ${clamped(wait, 0, 3_600)}`,
      'backend {',
      `  group = google_compute_network_endpoint_group.${name}.id`,
      '  balancing_mode = "RATE"',
      '  max_rate_per_endpoint = 1000',
      '}',
    ]),
    ...resource('url_map', name, [
      `name = "${name}"`,
      'default_route_action {',
      '  weighted_backend_services {',
      `    backend_service = google_compute_backend_service.${name}.id`,
      '    weight = 1',
      '  }',
      '  # Never what was sent to a node: a POST is not done twice.',
      '  retry_policy {',
      '    retry_conditions = ["connect-failure", "refused-stream"]',
      '    num_retries = 2',
      '  }',
      '}',
    ]),
    ...resource(`target_${portal.tls === undefined ? 'http' : 'https'}_proxy`, name, [
      `name = "${name}"`,
      `url_map = google_compute_url_map.${name}.id`,
      ...(portal.tls === undefined ? [] : [`ssl_certificates = [${terraformString(portal.tls.certificate)}]`]),
    ]),
    ...forwarding(name, portal.port, `google_compute_target_${portal.tls === undefined ? 'http' : 'https'}_proxy`),
  ];
}

const streamLines = (plan: Plan, stream: Stream): readonly string[] => {
  const name = `octopus-${stream.name}`;
  const named = { ...stream, name };
  return [
    ...endpoints(named),
    ...check(plan, named),
    ...resource('backend_service', name, [
      `name = "${name}"`,
      'load_balancing_scheme = "EXTERNAL_MANAGED"',
      'protocol = "TCP"',
      `health_checks = [google_compute_health_check.${name}.id]`,
      'session_affinity = "NONE"',
      '# How long a connection may be silent.',
      `timeout_sec = ${clamped(seconds(plan.longestRequest), 3_600, 86_400)}`,
      `connection_draining_timeout_sec = ${clamped(seconds(plan.longestRequest), 0, 3_600)}`,
      'backend {',
      `  group = google_compute_network_endpoint_group.${name}.id`,
      '  balancing_mode = "CONNECTION"',
      '  max_connections_per_endpoint = 10000',
      '}',
    ]),
    ...resource('target_tcp_proxy', name, [
      `name = "${name}"`,
      `backend_service = google_compute_backend_service.${name}.id`,
    ]),
    ...forwarding(name, stream.port, 'google_compute_target_tcp_proxy'),
  ];
};

const forwarding = (name: string, port: number, proxy: string): readonly string[] =>
  resource('global_forwarding_rule', name, [
    `name = "${name}"`,
    'load_balancing_scheme = "EXTERNAL_MANAGED"',
    'ip_address = var.address',
    `port_range = "${port}"`,
    `target = ${proxy}.${name}.id`,
  ]);

/**
 * An endpoint needs its address also where it is an instance, and a group knows one kind of endpoint.
 * https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_network_endpoint
 * https://registry.terraform.io/providers/hashicorp/google/latest/docs/data-sources/compute_instance
 */
function endpoints({ name, targets }: Stream): readonly string[] {
  const words = identifiers(targets.map(({ member }) => member.name));
  const isInstance = ({ target }: Member) => target !== undefined && !isIp(target);
  const instances = targets.some(({ member }) => isInstance(member));
  if (instances && !targets.every(({ member }) => isInstance(member))) {
    throw new Failure('usage', `${title} takes addresses or instances, not both in one group`, {
      hint: 'Say it the same way for every node: --targets NODE=10.0.0.1, or --targets NODE=INSTANCE',
    });
  }
  return [
    ...(instances
      ? [
          `data "google_compute_instance" "${name}" {`,
          '  for_each = {',
          ...targets.map(
            ({ member }) => `    "${words.get(member.name)}" = ${terraformString(targetOf(member, title))}`,
          ),
          '  }',
          '  name = each.value',
          '  zone = var.zone',
          '}',
          '',
        ]
      : []),
    ...resource('network_endpoint_group', name, [
      `name = "${name}"`,
      'network = var.network',
      'zone = var.zone',
      `network_endpoint_type = "${instances ? 'GCE_VM_IP_PORT' : 'NON_GCP_PRIVATE_IP_PORT'}"`,
    ]),
    ...resource('network_endpoint', name, [
      'for_each = {',
      ...targets.flatMap(({ member, port }) => [
        `  # ${commentText(member.name)}`,
        instances
          ? `  "${words.get(member.name)}" = { instance = ${terraformString(targetOf(member, title))}, port = ${port} }`
          : `  "${words.get(member.name)}" = { address = ${terraformString(targetOf(member, title))}, port = ${port} }`,
      ]),
      '}',
      `network_endpoint_group = google_compute_network_endpoint_group.${name}.name`,
      'zone = var.zone',
      ...(instances
        ? [
            'instance = each.value.instance',
            `ip_address = data.google_compute_instance.${name}[each.key].network_interface[0].network_ip`,
          ]
        : ['ip_address = each.value.address']),
      'port = each.value.port',
    ]),
  ];
}

function check(plan: Plan, { name, targets, leavesDrained }: Stream): readonly string[] {
  const { interval, timeout } = times(plan.health);
  const secure = targets.some(({ member }) => member.secure);
  const port = leavesDrained
    ? samePort(
        targets.map(({ member }) => member.port),
        title,
      )
    : samePort(
        targets.map((target) => target.port),
        title,
      );
  return resource('health_check', name, [
    `name = "${name}"`,
    `check_interval_sec = ${interval}`,
    `timeout_sec = ${timeout}`,
    `healthy_threshold = ${clamped(plan.health.rise, 1, 10)}`,
    `unhealthy_threshold = ${clamped(plan.health.fall, 1, 10)}`,
    ...(leavesDrained
      ? [
          '# A node that drains answers its ping with 418 and gets no more requests.',
          `${secure ? 'https' : 'http'}_health_check {`,
          `  port = ${port}`,
          `  host = ${terraformString(plan.checkHost)}`,
          `  request_path = ${terraformString(plan.ping)}`,
          '}',
        ]
      : [
          '# Polled nodes stay while they drain: the tasks that end there need their Tentacles.',
          'tcp_health_check {',
          `  port = ${port}`,
          '}',
        ]),
  ]);
}
