import { type BalancerProduct, onlyApache, onlyHaproxy, timingByCounts } from './balancer.js';
import { as3Lines } from './f5-as3.js';
import { tmshLines } from './f5-tmsh.js';
import { seconds } from './words.js';

/**
 * F5 BIG-IP 13 and later. Early versions could not tell 418 from 200 for want of a status match
 * (https://github.com/OctopusDeploy/Issues/issues/2572); the monitors here match the first line of the answer.
 */
export const f5: BalancerProduct = {
  name: 'f5',
  title: 'F5 BIG-IP',
  formats: [
    { name: 'as3', comment: null, body: as3Lines },
    { name: 'tmsh', comment: '#', body: tmshLines },
  ],
  cannot: {
    key: 'a client-ssl profile holds both: name it with --cert',
    'host header': 'that is an iRule or a policy',
    'proxy protocol': 'that is an iRule',
    'nodes of http and https': 'a virtual server reaches its pool the same way',
    socket: onlyHaproxy,
    manager: onlyApache,
  },
  names: {
    cert: { pattern: /^\/[\w.-]+\/[\w./-]+$/, example: '/Common/octopus-clientssl' },
    ca: { pattern: /^\/[\w.-]+\/[\w./-]+$/, example: '/Common/our-authorities.crt' },
  },
  limits: [
    'For a certificate, --cert is the name of a client-ssl profile; --ca that of a bundle of authorities.',
    'Replace 0.0.0.0 by the address that people reach, or give it with --listen: to BIG-IP it is a wildcard, any ' +
      'address that it has no other virtual server for.',
    'BIG-IP repeats a request only where no connection came about.',
    'It adds X-Forwarded-For and X-Forwarded-Proto; the Host is passed on as it comes.',
    'A member without an answer to its monitor yet gets no requests.',
  ],
  noticesDrain: true,
  timing: (health) => timingByCounts({ ...health, interval: seconds(health.interval) * 1_000 }),
};
