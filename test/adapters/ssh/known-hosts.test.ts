import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { algorithmsFor, hostKeyOf, judgeHostKey, trustIn } from '../../../src/adapters/ssh/host-trust.js';
import { isAbout, keyType, nameInKnownHosts, parseKnownHosts } from '../../../src/adapters/ssh/known-hosts.js';

/** A key of that kind as it is on the wire; what follows its name does not matter here. */
function keyOf(type: string, seed = 0): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.alloc(32, seed)]);
}

const line = (hosts: string, key: Buffer, marker = '') =>
  `${marker === '' ? '' : `${marker} `}${hosts} ${keyType(key)} ${key.toString('base64')} a comment\n`;

function hashed(name: string, salt = Buffer.alloc(20, 7)): string {
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

const ed25519 = keyOf('ssh-ed25519');
const other = keyOf('ssh-ed25519', 1);
const rsa = keyOf('ssh-rsa');

function verdict(text: string, key: Buffer, { host = 'web-1', port = 22, pinned = [] as string[], alias = '' } = {}) {
  const names = { host, port, ...(alias === '' ? {} : { alias }) };
  return judgeHostKey(hostKeyOf(key), trustIn(parseKnownHosts(text), names, pinned));
}

describe('known hosts', () => {
  for (const [hosts, name, expected] of [
    ['web-1', 'web-1', true],
    ['WEB-1', 'web-1', true],
    ['web-1', 'web-11', false],
    ['web-1', '[web-1]:2222', false],
    ['[web-1]:2222', '[web-1]:2222', true],
    ['db,web-1,10.0.0.1', '10.0.0.1', true],
    ['*.example.com', 'web.example.com', true],
    ['*.example.com', 'example.com', false],
    ['web-?', 'web-1', true],
    ['web-?', 'web-', false],
    ['*,!web-1', 'web-1', false],
    ['!web-1,*', 'web-1', false],
    ['*,!web-1', 'web-2', true],
    ['!web-1', 'web-2', false],
    ['*', '', true],
    ['', 'web-1', false],
    [hashed('web-1'), 'web-1', true],
    [hashed('[web-1]:2222'), '[web-1]:2222', true],
    [hashed('web-1'), 'web-2', false],
    ['|2|AAAA|AAAA', 'web-1', false],
    ['|1|', 'web-1', false],
  ] as const) {
    test(`${hosts || 'nothing'} ${expected ? 'is' : 'is not'} about ${name || 'nobody'}`, () => {
      assert.equal(isAbout({ hosts }, name), expected);
    });
  }

  test('are read line by line, whatever else is there', () => {
    const text = `# a comment\n\n  ${line('web-1', ed25519)}@unknown web-1 ssh-rsa AAAA\nweb-1 ssh-rsa not-a-key\r\nweb-2\n${line('web-3', rsa, '@revoked')}`;

    assert.deepEqual(
      parseKnownHosts(text).map(({ marker, hosts, type }) => [marker, hosts, type]),
      [
        ['plain', 'web-1', 'ssh-ed25519'],
        ['revoked', 'web-3', 'ssh-rsa'],
      ],
    );
  });

  test('never throw, whatever is in the file', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string(), (text, name) => {
        for (const known of parseKnownHosts(text)) isAbout(known, name);
      }),
    );
  });

  test('match patterns as a regular expression would', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(short, fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 }), (pattern, name) => {
        const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        assert.equal(isAbout({ hosts: pattern }, name), new RegExp(`^${source}$`).test(name));
      }),
      { numRuns: 500 },
    );
  });

  test('find a name by its hash and no other', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.uint8Array({ minLength: 1, maxLength: 40 }), (name, another, salt) => {
        const hosts = hashed(name, Buffer.from(salt));
        assert.equal(isAbout({ hosts }, name), true);
        assert.equal(isAbout({ hosts }, another), name === another);
      }),
    );
  });

  test('take time in proportion to a hostile pattern', () => {
    const started = performance.now();

    isAbout({ hosts: `${'*a'.repeat(2_000)}b` }, 'a'.repeat(4_000));

    assert.ok(performance.now() - started < 5_000);
  });
});

describe('a host key', () => {
  const pinned = (key: Buffer) => [`${hostKeyOf(key).type} ${hostKeyOf(key).fingerprint}`];

  for (const [title, expected, actual] of [
    ['is trusted when it is listed', 'trusted', verdict(line('web-1', ed25519), ed25519)],
    [
      'is trusted when one of several listed',
      'trusted',
      verdict(line('web-1', other) + line('web-*', ed25519), ed25519),
    ],
    ['is trusted when it was pinned', 'trusted', verdict('', ed25519, { pinned: pinned(ed25519) })],
    ['is unknown when nothing is known', 'unknown', verdict('', ed25519)],
    ['is unknown when only other hosts are listed', 'unknown', verdict(line('web-2', ed25519), ed25519)],
    ['is unknown when only another kind is listed', 'unknown', verdict(line('web-1', rsa), ed25519)],
    ['is changed when another of its kind is listed', 'changed', verdict(line('web-1', other), ed25519)],
    [
      'is changed when it was pinned and the list knows another',
      'changed',
      verdict(line('web-1', other), ed25519, { pinned: pinned(ed25519) }),
    ],
    [
      'is changed when it is listed and another was pinned',
      'changed',
      verdict(line('web-1', ed25519), ed25519, { pinned: pinned(other) }),
    ],
    [
      'is revoked although it is listed',
      'revoked',
      verdict(line('web-1', ed25519) + line('*', ed25519, '@revoked'), ed25519),
    ],
    [
      'is revoked by a line without the port',
      'revoked',
      verdict(line('[web-1]:2222', ed25519) + line('web-1', ed25519, '@revoked'), ed25519, { port: 2222 }),
    ],
    ['is not vouched for by an authority', 'unknown', verdict(line('web-1', ed25519, '@cert-authority'), ed25519)],
    ['is found by the port', 'trusted', verdict(line('[web-1]:2222', ed25519), ed25519, { port: 2222 })],
    ['is found without the port', 'trusted', verdict(line('web-1', ed25519), ed25519, { port: 2222 })],
    [
      'is another one on another port',
      'changed',
      verdict(line('[web-1]:2222', other) + line('web-1', ed25519), ed25519, { port: 2222 }),
    ],
    ['is found by its alias', 'trusted', verdict(line('farm', ed25519), ed25519, { alias: 'farm', port: 2222 })],
    ['is found by nothing but its alias', 'unknown', verdict(line('web-1', ed25519), ed25519, { alias: 'farm' })],
  ] as const) {
    test(title, () => assert.equal(actual, expected));
  }

  test('is asked for in the kinds that are known', () => {
    const known = (text: string) =>
      algorithmsFor(trustIn(parseKnownHosts(text), { host: 'web-1', port: 22 }, pinned(rsa)));

    assert.deepEqual(known(''), ['rsa-sha2-512', 'rsa-sha2-256']);
    assert.deepEqual(known(line('web-1', ed25519)), ['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256']);
  });

  test('that is listed is trusted, whatever host and port', () => {
    const host = fc.stringMatching(/^[a-z0-9.-]{1,20}$/);
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65535 }), fc.boolean(), (name, port, hash) => {
        const written = nameInKnownHosts(name, port);
        const text = line(hash ? hashed(written) : written, ed25519);
        assert.equal(verdict(text, ed25519, { host: name, port }), 'trusted');
        assert.equal(verdict(text, other, { host: name, port }), 'changed');
      }),
    );
  });
});
