import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultLab, Undo } from '../../support/chaos/fault-lab.js';
import { selfSigned } from '../../support/tds/certificate.js';
import type { Fault } from './fault.js';
import { inContext } from './in-context.js';
import { siteOf } from './site.js';
import { told } from './told.js';

const withoutChecks = (text: string): string =>
  text
    .replace(/^ *option httpchk\n/m, '')
    .replace(/^ *http-check .*\n/gm, '')
    .replace(/^ *default-server (check|observe) .*\n/gm, '');

const inBackend = (text: string, line: string): string => text.replace(/^backend octopus_nodes\n/m, `$&    ${line}\n`);
const inFrontend = (text: string, line: string): string => text.replace(/^frontend octopus\n/m, `$&    ${line}\n`);

/** A node is drained by octo-ha, and the balancer is as somebody else has set it up. */
async function whileDrained(lab: FaultLab, change: (configuration: string) => string): Promise<Undo> {
  const back = await lab.balance(change);
  await lab.ok('node drain node-2 --yes --reason patches');
  return async () => {
    await back();
    await lab.ok('node undrain node-2 --yes');
  };
}

export const balancerFaults: readonly Fault[] = [
  {
    id: 'balancer-down',
    what: 'the load balancer is down',
    cause: 'load-balancer/reachable',
    follows: ['cluster/api-answers', 'network/balancer-from-node'],
    async inject(lab) {
      process.kill(await lab.pidOf('balancer'), 'SIGKILL');
      return async () => void (await lab.ok('lab up'));
    },
  },
  {
    id: 'balancer-checks-nothing',
    what: 'the load balancer checks no health, and sends requests to a drained node',
    cause: 'load-balancer/drained-left-out',
    follows: ['load-balancer/answers'],
    inject: (lab) => whileDrained(lab, withoutChecks),
  },
  {
    id: 'balancer-checks-the-port',
    what: 'the load balancer checks the port only, and sends requests to a drained node',
    cause: 'load-balancer/drained-left-out',
    follows: ['load-balancer/answers'],
    inject: (lab) =>
      whileDrained(lab, (text) => text.replace(/^ *option httpchk\n/m, '').replace(/^ *http-check .*\n/gm, '')),
  },
  {
    id: 'balancer-accepts-418',
    what: 'the load balancer takes 418 for healthy',
    cause: 'load-balancer/drained-left-out',
    follows: ['load-balancer/answers'],
    inject: (lab) => whileDrained(lab, (text) => text.replace('expect status 200', 'expect rstatus ^(200|418)')),
  },
  {
    id: 'balancer-lacks-a-node',
    what: 'a node was never put into the pool of the load balancer',
    cause: 'load-balancer/every-node',
    inject: (lab) => lab.balance((text) => text.replace(/^ *server node-3 .*\n/m, '')),
  },
  {
    id: 'balancer-checks-another-path',
    what: 'the load balancer checks a path that does not exist, and takes every node for down',
    cause: 'load-balancer/answers',
    follows: ['cluster/api-answers'],
    inject: (lab) => lab.balance((text) => text.replace('/api/octopusservernodes/ping', '/api/no-such-page')),
  },
  {
    id: 'another-site-in-the-pool',
    what: 'a server that is no node of the cluster is in the pool',
    cause: 'load-balancer/answers',
    follows: ['cluster/api-answers', 'load-balancer/not-rate-limited', 'load-balancer/every-node'],
    async inject(lab) {
      const site = await siteOf('http://127.0.0.1:1', () => ({ status: 404, body: 'Not Found' }));
      const { port } = new URL(site.url);
      const back = await lab.balance((text) =>
        withoutChecks(text).replace(/(^ *server node-3 .*\n)/m, `$1    server other 127.0.0.1:${port}\n`),
      );
      return async () => {
        await back();
        await site.stop();
      };
    },
  },
  {
    id: 'balancer-unfair',
    what: 'one node gets nearly all requests',
    cause: 'load-balancer/fair',
    inject: (lab) => lab.balance((text) => text.replace(/^( *server node-1 .*)$/m, '$1 weight 10')),
  },
  {
    id: 'balancer-sticky',
    what: 'the load balancer ties users to a node by a cookie',
    cause: 'load-balancer/not-sticky',
    inject: (lab) =>
      lab.balance((text) =>
        inBackend(text, 'cookie SERVERID insert indirect').replace(/^( *server (node-\d) .*)$/gm, '$1 cookie $2'),
      ),
  },
  {
    id: 'body-limit',
    what: 'the load balancer refuses bodies of more than a megabyte',
    cause: 'load-balancer/uploads',
    inject: (lab) =>
      lab.balance((text) =>
        inFrontend(text, 'http-request deny deny_status 413 if { req.hdr(content-length) -m int gt 1048576 }'),
      ),
  },
  {
    id: 'rate-limited',
    what: 'pings through the load balancer are rate limited',
    cause: 'load-balancer/not-rate-limited',
    inject: (lab) =>
      lab.balance((text) =>
        inFrontend(text, 'http-request deny deny_status 429 if { path_end /ping } { rand(3) eq 0 }'),
      ),
  },
  {
    id: 'balancer-reads-polling',
    what: 'the load balancer ends the TLS of polling Tentacles with the certificate of the portal',
    cause: 'load-balancer/polling-unread',
    async inject(lab) {
      // The port of polling Tentacles is always the same one, so the address is one that nobody else has.
      const host = `127.${[50, 50, 250].map((most) => 1 + Math.floor(Math.random() * most)).join('.')}`;
      const { port } = lab.record.balancer;
      const { key, certificate } = selfSigned({ names: [host], validTo: new Date(Date.now() + 365 * 86_400_000) });
      const [pem, ca] = ['portal.pem', 'portal-ca.pem'].map((name) => join(lab.home, '..', name)) as [string, string];
      await writeFile(pem, `${certificate}${key}`, { mode: 0o600 });
      await writeFile(ca, certificate);
      const back = await lab.balance((text) =>
        ['10943', port].reduce((before: string, at) => inFrontend(before, `bind ${host}:${at} ssl crt ${pem}`), text),
      );
      const context = await inContext(lab, { ca });
      const leadsTo = (url: string) => lab.execute("UPDATE octo_ha.setting SET value = ? WHERE name = 'lb.url'", url);
      await leadsTo(`https://${host}:${port}`);
      return async () => {
        await leadsTo(`http://127.0.0.1:${port}`);
        await context();
        await back();
      };
    },
  },
  {
    id: 'public-address-unknown',
    what: 'Octopus does not know its public address',
    cause: 'load-balancer/public-url',
    inject: (lab) => told(lab, 'server-configuration', { ServerUri: '' }),
  },
  {
    id: 'times-unknown',
    what: 'nobody has told octo-ha how long the load balancer takes',
    cause: 'octo-ha/balancer-times',
    async inject(lab) {
      const set = (from: string, to: string) =>
        lab.execute('UPDATE octo_ha.setting SET name = ? WHERE name = ?', to, from);
      await set('lb.outAfter', 'lb.outAfter.away');
      return () => set('lb.outAfter.away', 'lb.outAfter');
    },
  },
];
