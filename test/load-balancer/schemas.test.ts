import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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

/** Published schemas of Kubernetes' own kinds and of Gateway API's. */
const models = { Gateway, HTTPRoute, TCPRoute, EndpointSlice, Ingress, ConfigMap, Service } as const;

/** Stable since Gateway API 1.4; the schemas that run on every Node that octo-ha supports are older. */
const withoutSchema = ['BackendTLSPolicy'];

function validate(document: unknown): string {
  const { kind } = document as { readonly kind: string };
  if (withoutSchema.includes(kind)) return kind;
  const Model = models[kind as keyof typeof models] as new (data: never) => { validate(): void };
  assert.ok(Model, kind);
  new Model(document as never).validate();
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
