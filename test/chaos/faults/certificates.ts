import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { FaultLab, Undo } from '../../support/chaos/fault-lab.js';
import { selfSigned } from '../../support/tds/certificate.js';
import type { Fault } from './fault.js';
import { siteOf } from './site.js';

const day = 86_400_000;
const inDays = (days: number): Date => new Date(Date.now() + days * day);

interface Certificate {
  readonly validTo?: Date;
  readonly validFrom?: Date;
  readonly names?: readonly string[];
  /** Whether the context names its issuer; it does where nothing else is said. */
  readonly trusted?: boolean;
}

/** What is said of the context in its file. */
async function inContext(lab: FaultLab, more: Readonly<Record<string, unknown>>): Promise<Undo> {
  return await lab.rewrite(lab.cli.env['OCTO_HA_CONFIG'] ?? '', (text) => {
    const { contexts, ...rest } = parse(text) as { readonly contexts: { readonly lab: object } };
    return stringify({ ...rest, contexts: { ...contexts, lab: { ...contexts.lab, ...more } } });
  });
}

/** The load balancer, or a node, speaks TLS with such a certificate. */
async function secured(lab: FaultLab, what: 'balancer' | 'node-2', certificate: Certificate): Promise<Undo> {
  const { trusted = true, ...options } = certificate;
  const pair = selfSigned({ validTo: inDays(365), ...options });
  const file = join(lab.home, '..', 'ca.pem');
  await writeFile(file, (trusted ? pair : selfSigned()).certificate);
  const port =
    what === 'balancer' ? lab.record.balancer.port : lab.record.machines.find(({ name }) => name === what)?.port;
  const site = await siteOf(`http://127.0.0.1:${port}`, () => undefined, pair);
  const sql =
    what === 'balancer'
      ? "UPDATE octo_ha.setting SET value = ? WHERE name = 'lb.url'"
      : "UPDATE octo_ha.node SET url = ? WHERE node_id = 'OctopusServerNodes-node-2'";
  const back = await inContext(lab, { ca: file });
  await lab.execute(sql, site.url);
  return async () => {
    await lab.execute(sql, `http://127.0.0.1:${port}`);
    await back();
    await site.stop();
  };
}

const requests = ['load-balancer/answers'] as const;

export const certificateFaults: readonly Fault[] = [
  {
    id: 'balancer-certificate-expired',
    what: 'the certificate of the load balancer has expired',
    cause: 'certificates/balancer-valid',
    follows: requests,
    inject: (lab) => secured(lab, 'balancer', { validFrom: inDays(-400), validTo: inDays(-1) }),
  },
  {
    id: 'balancer-certificate-expires-soon',
    what: 'the certificate of the load balancer expires in three days',
    cause: 'certificates/balancer-valid',
    inject: (lab) => secured(lab, 'balancer', { validTo: inDays(3) }),
  },
  {
    id: 'balancer-certificate-of-another-name',
    what: 'the certificate of the load balancer is for another name',
    cause: 'certificates/balancer-named',
    follows: requests,
    inject: (lab) => secured(lab, 'balancer', { names: ['old.example.com'] }),
  },
  {
    id: 'balancer-certificate-untrusted',
    what: 'nobody whom this machine trusts has issued the certificate of the load balancer',
    cause: 'certificates/balancer-trusted',
    follows: requests,
    inject: (lab) => secured(lab, 'balancer', { trusted: false }),
  },
  {
    id: 'node-certificate-expired',
    what: 'the certificate of a node has expired',
    ...{ cause: 'certificates/node-valid', node: 'node-2' },
    follows: ['nodes/ping'],
    inject: (lab) => secured(lab, 'node-2', { validFrom: inDays(-400), validTo: inDays(-1) }),
  },
  {
    id: 'node-certificate-of-another-name',
    what: 'the certificate of a node is for another name',
    ...{ cause: 'certificates/node-named', node: 'node-2' },
    follows: ['nodes/ping'],
    inject: (lab) => secured(lab, 'node-2', { names: ['old.example.com'] }),
  },
  {
    id: 'node-certificate-untrusted',
    what: 'nobody whom this machine trusts has issued the certificate of a node',
    ...{ cause: 'certificates/node-trusted', node: 'node-2' },
    follows: ['nodes/ping'],
    inject: (lab) => secured(lab, 'node-2', { trusted: false }),
  },
];
