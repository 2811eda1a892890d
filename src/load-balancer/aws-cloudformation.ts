import type { AwsBalancer, AwsGroup, AwsSetting } from './aws.js';
import { commentText, doubleQuoted, indented } from './words.js';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ElasticLoadBalancingV2.html */
export function awsCloudFormation(balancer: AwsBalancer): readonly string[] {
  return [
    'AWSTemplateFormatVersion: "2010-09-09"',
    'Description: The load balancer of Octopus Deploy',
    'Parameters:',
    '  VpcId:',
    '    Type: AWS::EC2::VPC::Id',
    '  SubnetIds:',
    '    Type: List<AWS::EC2::Subnet::Id>',
    '    Description: Subnets of the balancer, in at least two zones',
    '  SecurityGroupIds:',
    '    Type: List<AWS::EC2::SecurityGroup::Id>',
    '  Scheme:',
    '    Type: String',
    '    Default: internal',
    '    AllowedValues: [internal, internet-facing]',
    'Resources:',
    '  Balancer:',
    '    Type: AWS::ElasticLoadBalancingV2::LoadBalancer',
    '    Properties:',
    `      Type: ${balancer.type}`,
    '      Scheme: !Ref Scheme',
    '      Subnets: !Ref SubnetIds',
    '      SecurityGroups: !Ref SecurityGroupIds',
    '      LoadBalancerAttributes:',
    ...indented(settings(balancer.settings), 8),
    ...indented(balancer.groups.flatMap(group), 2),
    'Outputs:',
    '  DnsName:',
    '    Value: !GetAtt Balancer.DNSName',
  ];
}

function group(one: AwsGroup): readonly string[] {
  const { protocol, port, targetType, targets, check, listener, comments } = one;
  const word = one.word.replace(/(^|-)[a-z0-9]/g, (part) => part.replace('-', '').toUpperCase());
  return [
    ...comments.map((line) => `# ${line}`),
    `${word}Group:`,
    '  Type: AWS::ElasticLoadBalancingV2::TargetGroup',
    '  Properties:',
    `    Protocol: ${protocol}`,
    `    Port: ${port}`,
    '    VpcId: !Ref VpcId',
    `    TargetType: ${targetType}`,
    `    HealthCheckProtocol: ${check.protocol}`,
    `    HealthCheckPort: ${doubleQuoted(check.port)}`,
    ...(check.path === undefined
      ? []
      : [`    HealthCheckPath: ${doubleQuoted(check.path)}`, '    Matcher:', '      HttpCode: "200"']),
    `    HealthCheckIntervalSeconds: ${check.interval}`,
    `    HealthCheckTimeoutSeconds: ${check.timeout}`,
    `    HealthyThresholdCount: ${check.healthy}`,
    `    UnhealthyThresholdCount: ${check.unhealthy}`,
    '    TargetGroupAttributes:',
    ...indented(settings(one.settings), 6),
    '    Targets:',
    ...targets.flatMap(({ name, id, port }) => [
      `      # ${commentText(name)}`,
      `      - Id: ${doubleQuoted(id)}`,
      `        Port: ${port}`,
    ]),
    `${word}Listener:`,
    '  Type: AWS::ElasticLoadBalancingV2::Listener',
    '  Properties:',
    '    LoadBalancerArn: !Ref Balancer',
    `    Protocol: ${listener.protocol}`,
    `    Port: ${listener.port}`,
    ...(listener.certificate === undefined
      ? []
      : [
          '    Certificates:',
          `      - CertificateArn: ${doubleQuoted(listener.certificate)}`,
          '    SslPolicy: ELBSecurityPolicy-TLS13-1-2-2021-06',
        ]),
    ...(listener.settings.length === 0 ? [] : ['    ListenerAttributes:', ...indented(settings(listener.settings), 6)]),
    '    DefaultActions:',
    '      - Type: forward',
    `        TargetGroupArn: !Ref ${word}Group`,
  ];
}

const settings = (all: readonly AwsSetting[]): readonly string[] =>
  all.flatMap(({ cloudFormation, value }) => [`- Key: ${cloudFormation}`, `  Value: ${doubleQuoted(String(value))}`]);
