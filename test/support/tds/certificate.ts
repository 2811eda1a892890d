import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { isIP } from 'node:net';

export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

interface CertificateOptions {
  readonly commonName?: string;
  readonly names?: readonly string[];
  readonly validFrom?: Date;
  readonly validTo?: Date;
  /** Bits of an RSA key; the key is on the curve P-256 where nothing is said. */
  readonly rsaBits?: number;
  /** With which it is signed; SHA-1 is refused by everybody today. */
  readonly digest?: Digest;
}

type Digest = 'sha1' | 'sha256';

interface Signer {
  readonly commonName: string;
  readonly key: KeyObject;
}

/** A certificate that signs itself, written here because Node can read certificates but not make them. */
export const selfSigned = (options: CertificateOptions = {}): KeyPair => made(options);

/** A certificate that an authority has signed, and the authority's own. */
export function issued(options: CertificateOptions): KeyPair & { readonly authority: string } {
  const commonName = 'octo-ha test authority';
  const authority = made({ commonName });
  const pair = made(options, { commonName, key: createPrivateKey(authority.key) });
  return { ...pair, authority: authority.certificate };
}

function made(
  {
    commonName = 'octo-ha test server',
    names = ['localhost', '127.0.0.1'],
    validFrom = new Date(Date.now() - 86_400_000),
    validTo = new Date(Date.now() + 86_400_000),
    rsaBits,
    digest = 'sha256',
  }: CertificateOptions,
  signer?: Signer,
): KeyPair {
  const { privateKey, publicKey } =
    rsaBits === undefined
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: rsaBits });
  const { commonName: issuer, key } = signer ?? { commonName, key: privateKey };
  const algorithm = sequence(...algorithms[key.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec'][digest]);
  const toBeSigned = sequence(
    der(0xa0, integer(2)),
    integer(Math.floor(Math.random() * 0x3fffffff) + 1),
    algorithm,
    nameOf(issuer),
    sequence(time(validFrom), time(validTo)),
    nameOf(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        extension(basicConstraintsId, sequence(...(signer === undefined ? [der(0x01, Buffer.from([0xff]))] : []))),
        extension(alternativeNamesId, sequence(...names.map(alternativeName))),
      ),
    ),
  );
  const signature = sign(digest, toBeSigned, key);
  const certificate = sequence(toBeSigned, algorithm, der(0x03, Buffer.from([0]), signature));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
  };
}

function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.alloc(3);
  length.writeUInt8(0x82);
  length.writeUInt16BE(body.length, 1);
  return Buffer.concat([Buffer.from([tag]), length, body]);
}

const sequence = (...content: readonly Uint8Array[]) => der(0x30, ...content);

const id = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const nothing = der(0x05);

/** How it is signed, by the kind of the signer's key. */
const algorithms = {
  ec: { sha1: [id('2a8648ce3d0401')], sha256: [id('2a8648ce3d040302')] },
  rsa: { sha1: [id('2a864886f70d010105'), nothing], sha256: [id('2a864886f70d01010b'), nothing] },
} as const;

const commonNameId = id('550403');
const basicConstraintsId = id('551d13');
const alternativeNamesId = id('551d11');

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  const first = Math.min(
    bytes.findIndex((byte) => byte !== 0),
    3,
  );
  const short = bytes.subarray(Math.max(0, first));
  return der(0x02, (short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short);
}

const nameOf = (commonName: string) => sequence(der(0x31, sequence(commonNameId, der(0x0c, Buffer.from(commonName)))));

const time = (date: Date) => der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]|\.\d+/g, '')}`));

const extension = (id: Buffer, value: Buffer) => sequence(id, der(0x04, value));

const alternativeName = (name: string) =>
  isIP(name) === 4 ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name));
