import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { Gateway, HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1';
import { TCPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1alpha2';
import { EndpointSlice } from 'kubernetes-models/discovery.k8s.io/v1/EndpointSlice';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Service } from 'kubernetes-models/v1/Service';
import { parseAllDocuments } from 'yaml';
import { balancers } from '../../src/load-balancer/index.js';
import { renderBalancer } from '../../src/load-balancer/render.js';
import type { SiteWishes } from '../../src/load-balancer/site.js';
import { everythingOf, plainNodes, secureNodes } from '../support/balanced-site.js';
import { cloudFormationMistakes, readTemplate } from '../support/cloudformation-schema.js';
import { envoyMistakes, loadEnvoyApi } from '../support/envoy-schema.js';

/** Published schemas of Kubernetes' own kinds and of Gateway API's. */
const models = { Gateway, HTTPRoute, TCPRoute, EndpointSlice, Ingress, ConfigMap, Service } as const;

/** Stable since Gateway API 1.4; the schemas that run on every Node that octo-ha supports are older. */
const withoutSchema = ['BackendTLSPolicy'];

function validate(document: unknown): string {
  const { kind, apiVersion } = document as { readonly kind: string; readonly apiVersion?: string };
  if (withoutSchema.includes(kind)) return kind;
  const Model = models[kind as keyof typeof models] as new (data: never) => { validate(): void };
  assert.ok(Model, kind);
  if (kind === 'TCPRoute') assert.equal(apiVersion, 'gateway.networking.k8s.io/v1');
  // TCPRoute's v1, of Gateway API 1.6, is the same as v1alpha2, of which there is a schema.
  const published = kind === 'TCPRoute' ? { ...(document as object), apiVersion: TCPRoute.apiVersion } : document;
  new Model(published as never).validate();
  return kind;
}

describe('what is rendered for Kubernetes', () => {
  for (const name of ['ingress-nginx', 'gateway-api']) {
    const product = balancers.get(name);
    assert.ok(product);
    const wishes: readonly (readonly [string, typeof plainNodes, SiteWishes])[] = [
      ['without any wish', plainNodes, {}],
      ['with every wish', secureNodes, everythingOf(product)],
      ...(name === 'gateway-api' ? [['with TLS passed through', secureNodes, { passThrough: true }] as const] : []),
    ];
    for (const [what, nodes, some] of wishes) {
      test(`by ${name} ${what} holds to the published schemas`, () => {
        const text = renderBalancer(product, nodes, some, { origin: 'a test' });

        const kinds = parseAllDocuments(text).map((document) => validate(document.toJS()));

        assert.ok(kinds.includes('EndpointSlice') && kinds.includes('Service'), kinds.join(' '));
      });
    }
  }

  test('would not hold to them with a mistake', () => {
    assert.throws(() => validate({ apiVersion: 'v1', kind: 'Service', spec: { ports: [{ port: 'eighty' }] } }));
    assert.throws(() => validate({ kind: 'HTTPRoute', spec: { rules: [{ timeouts: { request: 'long' } }] } }));
  });
});

/** Every way in which a product is rendered. */
function ways(name: string): readonly (readonly [string, typeof plainNodes, SiteWishes])[] {
  const product = balancers.get(name) ?? assert.fail(name);
  return [
    ['without any wish', plainNodes, {}],
    ['with every wish', secureNodes, everythingOf(product)],
    ...('pass-through' in product.cannot
      ? []
      : [['with TLS passed through', secureNodes, { passThrough: true, polling: true, grpc: true }] as const]),
  ];
}

const textOf = (name: string, nodes: typeof plainNodes, wishes: SiteWishes, format?: string): string =>
  renderBalancer(balancers.get(name) ?? assert.fail(name), nodes, wishes, { origin: 'a test', format });

describe('what is rendered for Envoy', () => {
  const api = loadEnvoyApi();

  for (const [what, nodes, wishes] of ways('envoy')) {
    test(`${what} holds to Envoy's own API`, () => {
      const [document] = parseAllDocuments(textOf('envoy', nodes, wishes));

      assert.deepEqual(envoyMistakes(api, document?.toJS()), []);
    });
  }

  test('would not hold to it with a mistake', () => {
    const cluster = { name: 'a', connect_timeout: 'soon', lb_policy: 'FAIR', conect: 1 };
    const socket = { name: 'tls', typed_config: { '@type': 'type.googleapis.com/envoy.Tls' } };
    const clusters = [{ ...cluster, transport_socket: socket }];

    const mistakes = envoyMistakes(api, { static_resources: { clusters } });

    for (const words of [
      /connect_timeout: "soon" is no/,
      /lb_policy: "FAIR"/,
      /conect: not in/,
      /no type .*envoy\.Tls/,
    ]) {
      assert.match(mistakes.join('\n'), words);
    }
    assert.equal(mistakes.length, 4);
  });
});

describe('what is rendered for CloudFormation', () => {
  const specification = loadAwsServiceSpecSync();

  for (const name of ['aws-alb', 'aws-nlb']) {
    for (const [what, nodes, wishes] of ways(name)) {
      test(`by ${name} ${what} holds to the specification of AWS`, () => {
        const template = readTemplate(textOf(name, nodes, wishes, 'cloudformation'));

        assert.deepEqual(cloudFormationMistakes(specification, template), []);
      });
    }
  }

  test('would not hold to it with a mistake', () => {
    const template = readTemplate(`
Resources:
  Group:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: { Port: eighty, Matcher: { HttpCod: 200 }, VpcId: !Ref Vpc }
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: { Port: 443, LoadBalancerArn: !Ref Balancer }
  Balancer: { Type: 'AWS::ElasticLoadBalancingV3::LoadBalancer', Properties: {} }
`);

    assert.deepEqual(cloudFormationMistakes(specification, template), [
      'Group.Port: "eighty" is no integer',
      'Group.Matcher.HttpCod: there is no such property',
      'Listener: DefaultActions is missing',
      'Balancer: there is no AWS::ElasticLoadBalancingV3::LoadBalancer',
    ]);
  });
});
