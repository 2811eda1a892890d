import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isPlainName } from '../../src/cluster/share-path.js';
import {
  formatStorageLocation,
  parseStorageLocation,
  type StorageLocation,
} from '../../src/cluster/storage-location.js';

const share = { kind: 'unc', server: 'files', share: 'octopus', folder: '' } as const;

const taken: readonly (readonly [text: string, location: StorageLocation])[] = [
  [String.raw`\\files\octopus`, share],
  ['//files/octopus/', share],
  ['  smb://files/octopus ', share],
  ['smb://files:445/octopus', share],
  [String.raw`\\files\octopus\a b\c`, { ...share, folder: 'a b/c' }],
  ['//files/octopus//a b/c/', { ...share, folder: 'a b/c' }],
  [String.raw`\\files/octopus\a b/c`, { ...share, folder: 'a b/c' }],
  ['SMB://files/octopus/a%20b/c', { ...share, folder: 'a b/c' }],
  ['smb://files.example.com:1445/octopus$', { ...share, server: 'files.example.com', port: 1445, share: 'octopus$' }],
  ['smb://[fd00::1]/octopus', { ...share, server: '[fd00::1]' }],
  [String.raw`\\10.0.0.7\octopus`, { ...share, server: '10.0.0.7' }],
  ['/mnt/octopus', { kind: 'path', path: '/mnt/octopus' }],
  ['/mnt//octopus/', { kind: 'path', path: '/mnt/octopus' }],
  ['/mnt/a b: "c"', { kind: 'path', path: '/mnt/a b: "c"' }],
  [String.raw`Z:\octopus`, { kind: 'drive', letter: 'Z', folder: 'octopus' }],
  ['z:/octopus/a b/', { kind: 'drive', letter: 'Z', folder: 'octopus/a b' }],
  ['Z:\\', { kind: 'drive', letter: 'Z', folder: '' }],
];

const refused: readonly (readonly [text: string, because: RegExp])[] = [
  ['', /^enter a place such as /],
  ['octopus', /does not begin where a place begins/],
  ['./octopus', /does not begin where a place begins/],
  ['~/octopus', /does not begin where a place begins/],
  ['\\octopus', /does not begin where a place begins/],
  ['///octopus', /does not begin where a place begins/],
  ['/', /^\/ is the whole machine/],
  ['/mnt/../etc', /^"\.\." is no name of a folder/],
  ['/mnt/a\nb', /is no name of a folder/],
  [String.raw`\\files`, /^the share is missing: \\\\files\\share$/],
  ['smb://files/', /^the share is missing/],
  [String.raw`\\?\UNC\files\octopus`, /^\? is no name of a server$/],
  [String.raw`\\.\pipe\x`, /^\. is no name of a server$/],
  ['//-f/octopus', /^-f is no name of a server$/],
  [String.raw`\\files\octopus\..\x`, /^\.\. is no name of a share or folder$/],
  [String.raw`\\files\octo*pus`, /is no name of a share or folder$/],
  ['//files/a"b', /is no name of a share or folder$/],
  ['smb://files/octopus/a%2Fb', /is no name of a share or folder$/],
  ['smb://files/octopus/%0a', /is no name of a share or folder$/],
  ['smb://files/octopus/%zz', /^the address has a %/],
  ['smb://octo:secret@files/octopus', /^leave user and password out of the address/],
  ['smb://files:0/octopus', /^0 is no port$/],
  ['smb://files:70000/octopus', /^70000 is no port$/],
  ['smb://files/octopus?x', /without \? and #$/],
  ['nfs://files/octopus', /^nfs is not understood/],
  ['https://files/octopus', /^https is not understood/],
  ['Z:octopus', /^write Z:\\ and the folder/],
  ['Z:', /^write Z:\\ and the folder/],
  [String.raw`Z:\..\x`, /^\.\. is no name of a folder$/],
];

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => isPlainName(text));
const server = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
  fc.constant('FILES_1'),
);
const folder = fc.array(name, { maxLength: 4 }).map((names) => names.join('/'));
const port = fc.integer({ min: 1, max: 65_535 }).filter((number) => number !== 445);
const plain = { noNullPrototype: true } as const;
const anywhere: fc.Arbitrary<StorageLocation> = fc.oneof(
  fc.record({ kind: fc.constant('unc' as const), server, share: name, folder }, plain),
  fc.record({ kind: fc.constant('unc' as const), server, port, share: name, folder }, plain),
  fc.record(
    {
      kind: fc.constant('path' as const),
      path: fc.array(name, { minLength: 1 }).map((names) => `/${names.join('/')}`),
    },
    plain,
  ),
  fc.record({ kind: fc.constant('drive' as const), letter: fc.constantFrom('C', 'Z'), folder }, plain),
);

/** Blanks around what was typed are not a part of it. */
const endsBare = (text: string) => text === text.trim();

describe('a place of shared storage', () => {
  for (const [text, location] of taken) {
    test(`is understood: ${text}`, () => assert.deepEqual(parseStorageLocation(text), location));
  }

  for (const [text, because] of refused) {
    test(`is refused: ${JSON.stringify(text)}`, () => {
      const found = parseStorageLocation(text);

      assert.ok(found.kind === 'refused', JSON.stringify(found));
      assert.match(found.because, because);
    });
  }

  test('is the same when it is written and read again', () => {
    fc.assert(
      fc.property(anywhere, (location) => {
        const text = formatStorageLocation(location);
        fc.pre(endsBare(text));

        assert.deepEqual(parseStorageLocation(text), location);
      }),
      { numRuns: 500 },
    );
  });

  test('is the same by backslashes, slashes and as an address', () => {
    fc.assert(
      fc.property(fc.domain(), name, folder, (host, top, below) => {
        const names = [top, ...below.split('/').filter((one) => one !== '')];
        const spellings = [`\\\\${[host, ...names].join('\\')}`, `//${[host, ...names].join('/')}/`].filter(endsBare);
        spellings.push(`smb://${host}/${names.map(encodeURIComponent).join('/')}`);

        for (const text of spellings) {
          assert.deepEqual(parseStorageLocation(text), { kind: 'unc', server: host, share: top, folder: below });
        }
      }),
    );
  });

  test('is never more than what was entered', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.constantFrom('\\\\', '//', 'smb://', '/', 'Z:\\', ''),
        (text, start) => {
          const found = parseStorageLocation(start + text);

          if (found.kind === 'unc')
            for (const one of [found.share, ...found.folder.split('/')]) assert.ok(one === '' || isPlainName(one));
          if (found.kind === 'path') assert.ok(!/(^|\/)\.{0,2}(\/|$)/.test(found.path.slice(1)), found.path);
        },
      ),
      { numRuns: 500 },
    );
  });
});
