import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { demands } from '../../src/checks/certificates/web.js';
import { ownLimits } from '../../src/checks/limits.js';
import type { ShownCertificate } from '../../src/ports/network.js';
import { now } from './cases/case.js';

const day = 86_400_000;
const inDays = (days: number): Date => new Date(now.getTime() + days * day);

/** As a server shows it that has nothing to be ashamed of. */
const good: ShownCertificate = {
  subject: 'CN=octopus.example.com',
  issuer: 'CN=Example CA',
  chain: 2,
  sha256: 'AB:CD',
  names: ['octopus.example.com'],
  validFrom: inDays(-30),
  validTo: inDays(300),
  matches: true,
  distrust: null,
  protocol: 'TLSv1.3',
  keyType: 'rsa',
  keyBits: 2048,
};

const cases: readonly (readonly [
  name: string,
  status: string,
  words: RegExp | null,
  more: Partial<ShownCertificate>,
])[] = [
  ['valid', 'pass', null, {}],
  ['valid', 'fail', /^it expired 1d ago/, { validTo: inDays(-1) }],
  ['valid', 'fail', /^it is not valid before/, { validFrom: inDays(1) }],
  ['valid', 'fail', /^it expires in 3d.*certificateFail/, { validTo: inDays(3) }],
  ['valid', 'warn', /^it expires in 20d.*certificateWarn/, { validTo: inDays(20) }],
  ['named', 'pass', null, {}],
  ['named', 'fail', /^it is for old\.example\.com$/, { matches: false, names: ['old.example.com'] }],
  ['named', 'fail', /^it is for CN=octopus/, { matches: false, names: [] }],
  ['trusted', 'pass', null, {}],
  [
    'trusted',
    'fail',
    /UNABLE_TO_GET_ISSUER_CERT_LOCALLY.*Example CA/,
    { distrust: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' },
  ],
  ['trusted', 'skip', /out of its time/, { distrust: 'CERT_HAS_EXPIRED', validTo: inDays(-1) }],
  // It is another one of its chain.
  ['trusted', 'fail', /CERT_HAS_EXPIRED/, { distrust: 'CERT_HAS_EXPIRED' }],
  ['protocol', 'pass', null, { protocol: 'TLSv1.2' }],
  ['protocol', 'fail', /^it speaks TLSv1\.1$/, { protocol: 'TLSv1.1' }],
  ['key', 'pass', null, {}],
  ['key', 'pass', null, { keyType: 'ec', keyBits: 256 }],
  ['key', 'fail', /^its RSA key has 1024 bits$/, { keyBits: 1024 }],
  ['key', 'skip', /not known/, { keyType: null, keyBits: null }],
];

describe('a certificate', () => {
  for (const [i, [name, status, words, more]] of cases.entries()) {
    test(`is judged, ${i + 1}: ${name} is a ${status}`, () => {
      const demand = demands.find((one) => one.name === name);
      assert.ok(demand, name);

      const verdict = demand.judge({ ...good, ...more }, { limits: ownLimits, now });

      const said = 'problem' in verdict ? verdict.problem : 'because' in verdict ? verdict.because : '';
      assert.equal(verdict.status, status, said);
      if (words !== null) assert.match(said, words);
    });
  }

  test('is held to every demand in some case that passes and in some that fails', () => {
    for (const { name } of demands) {
      const statuses = cases.filter(([of]) => of === name).map(([, status]) => status);
      assert.ok(statuses.includes('pass') && statuses.includes('fail'), name);
    }
  });
});
