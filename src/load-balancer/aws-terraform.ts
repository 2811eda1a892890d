import type { AwsBalancer, AwsGroup, AwsSetting } from './aws.js';
import { commentText, identifiers, indented, terraformString } from './words.js';

/** https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lb_target_group */
export function awsTerraform(balancer: AwsBalancer): readonly string[] {
  return [
    ...variable('vpc_id', 'string', 'The network of the nodes'),
    ...variable('subnet_ids', 'list(string)', 'Subnets of the balancer, in at least two zones'),
    ...variable('security_group_ids', 'list(string)', 'Security groups of the balancer'),
    ...variable('internal', 'bool', 'Whether it is reached from inside only', 'true'),
    'resource "aws_lb" "octopus" {',
    '  name = "octopus"',
    `  load_balancer_type = "${balancer.type}"`,
    '  internal = var.internal',
    '  subnets = var.subnet_ids',
    '  security_groups = var.security_group_ids',
    ...indented(settings(balancer.settings), 2),
    '}',
    ...balancer.groups.flatMap(group),
  ];
}

const variable = (name: string, type: string, description: string, usual?: string): readonly string[] => [
  `variable "${name}" {`,
  `  type = ${type}`,
  `  description = "${description}"`,
  ...(usual === undefined ? [] : [`  default = ${usual}`]),
  '}',
  '',
];

function group(one: AwsGroup): readonly string[] {
  const { word, protocol, port, targetType, targets, check, listener, comments } = one;
  const words = identifiers(targets.map(({ name }) => name));
  const label = `octopus-${word}`;
  return [
    '',
    ...comments.map((line) => `# ${line}`),
    `resource "aws_lb_target_group" "${label}" {`,
    `  name = "${label}"`,
    `  protocol = "${protocol}"`,
    `  port = ${port}`,
    '  vpc_id = var.vpc_id',
    `  target_type = "${targetType}"`,
    ...indented(settings(one.settings), 2),
    '  health_check {',
    `    protocol = "${check.protocol}"`,
    `    port = "${check.port}"`,
    ...(check.path === undefined ? [] : [`    path = ${terraformString(check.path)}`, '    matcher = "200"']),
    `    interval = ${check.interval}`,
    `    timeout = ${check.timeout}`,
    `    healthy_threshold = ${check.healthy}`,
    `    unhealthy_threshold = ${check.unhealthy}`,
    '  }',
    '}',
    '',
    `resource "aws_lb_target_group_attachment" "${label}" {`,
    '  for_each = {',
    ...targets.flatMap(({ name, id, port }) => [
      `    # ${commentText(name)}`,
      `    "${words.get(name)}" = { id = ${terraformString(id)}, port = ${port} }`,
    ]),
    '  }',
    `  target_group_arn = aws_lb_target_group.${label}.arn`,
    '  target_id = each.value.id',
    '  port = each.value.port',
    '}',
    '',
    `resource "aws_lb_listener" "${label}" {`,
    '  load_balancer_arn = aws_lb.octopus.arn',
    `  protocol = "${listener.protocol}"`,
    `  port = ${listener.port}`,
    ...(listener.certificate === undefined
      ? []
      : [
          `  certificate_arn = ${terraformString(listener.certificate)}`,
          '  ssl_policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"',
        ]),
    ...indented(settings(listener.settings), 2),
    '  default_action {',
    '    type = "forward"',
    `    target_group_arn = aws_lb_target_group.${label}.arn`,
    '  }',
    '}',
  ];
}

/** Settings whose names have a part before a dot stand together in a block of that name. */
function settings(all: readonly AwsSetting[]): readonly string[] {
  const plain = all.filter(({ terraform }) => !terraform.includes('.'));
  const blocks = new Map<string, string[]>();
  for (const { terraform, value } of all.filter(({ terraform }) => terraform.includes('.'))) {
    const [block = '', name = ''] = terraform.split('.');
    blocks.set(block, [...(blocks.get(block) ?? []), `${name} = ${literal(value)}`]);
  }
  return [
    ...plain.map(({ terraform, value }) => `${terraform} = ${literal(value)}`),
    ...[...blocks].flatMap(([block, lines]) => [`${block} {`, ...indented(lines, 2), '}']),
  ];
}

const literal = (value: AwsSetting['value']): string =>
  typeof value === 'string' ? terraformString(value) : String(value);
