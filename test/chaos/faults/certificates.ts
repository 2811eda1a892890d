import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import type { CheckId } from '../../../src/checks/check.js';
import type { FaultLab, Undo } from '../../support/chaos/fault-lab.js';
import { selfSigned } from '../../support/tds/certificate.js';
import type { Fault } from './fault.js';
import { inContext } from './in-context.js';
import { siteOf } from './site.js';

const day = 86_400_000;
const inDays = (days: number): Date => new Date(Date.now() + days * day);

interface Certificate {
  readonly validTo?: Date;
  readonly validFrom?: Date;
  readonly names?: readonly string[];
  readonly rsaBits?: number;
  /** Whether the context names its issuer; it does where nothing else is said. */
  readonly trusted?: boolean;
}

/** As servers were set up that nobody has touched for years. */
const yesterday: SecureContextOptions = { ciphers: 'DEFAULT@SECLEVEL=0', minVersion: 'TLSv1', maxVersion: 'TLSv1.1' };

/** The load balancer, or a node, speaks TLS with such a certificate. */
async function secured(
  lab: FaultLab,
  what: 'balancer' | 'node-2',
  certificate: Certificate,
  limits: SecureContextOptions = { ciphers: 'DEFAULT@SECLEVEL=0' },
): Promise<Undo> {
  const { trusted = true, ...options } = certificate;
  const pair = selfSigned({ validTo: inDays(365), ...options });
  const file = join(lab.home, '..', 'ca.pem');
  await writeFile(file, (trusted ? pair : selfSigned()).certificate);
  const port =
    what === 'balancer' ? lab.record.balancer.port : lab.record.machines.find(({ name }) => name === what)?.port;
  const site = await siteOf(`http://127.0.0.1:${port}`, () => undefined, { ...pair, limits });
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

/** From Node.js 24 on nobody trusts such a certificate, and nobody asks a server that shows it. */
const refusedByNewer = (of: 'node' | 'balancer', ...asked: readonly CheckId[]): readonly CheckId[] =>
  Number.parseInt(process.versions.node, 10) < 24 ? [] : [`certificates/${of}-trusted`, ...asked];

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
  {
    id: 'balancer-speaks-old-tls',
    what: 'the load balancer speaks TLS 1.1 at most',
    cause: 'certificates/balancer-protocol',
    // Nobody else can speak to it.
    follows: requests,
    inject: (lab) => secured(lab, 'balancer', {}, yesterday),
  },
  {
    id: 'balancer-key-short',
    what: 'the certificate of the load balancer has an RSA key of 1024 bits',
    cause: 'certificates/balancer-key',
    follows: refusedByNewer('balancer', ...requests),
    inject: (lab) => secured(lab, 'balancer', { rsaBits: 1_024 }),
  },
  {
    id: 'node-speaks-old-tls',
    what: 'a node speaks TLS 1.1 at most',
    ...{ cause: 'certificates/node-protocol', node: 'node-2' },
    follows: ['nodes/ping'],
    inject: (lab) => secured(lab, 'node-2', {}, yesterday),
  },
  {
    id: 'node-key-short',
    what: 'the certificate of a node has an RSA key of 1024 bits',
    ...{ cause: 'certificates/node-key', node: 'node-2' },
    follows: refusedByNewer('node', 'nodes/ping'),
    inject: (lab) => secured(lab, 'node-2', { rsaBits: 1_024 }),
  },
];
