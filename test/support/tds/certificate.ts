import { generateKeyPairSync, sign } from 'node:crypto';
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
}

/** A certificate that signs itself, written here because Node can read certificates but not make them. */
export function selfSigned({
  commonName = 'octo-ha test server',
  names = ['localhost', '127.0.0.1'],
  validFrom = new Date(Date.now() - 86_400_000),
  validTo = new Date(Date.now() + 86_400_000),
}: CertificateOptions = {}): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(der(0x31, sequence(commonNameId, der(0x0c, Buffer.from(commonName)))));
  const toBeSigned = sequence(
    der(0xa0, integer(2)),
    integer(Math.floor(Math.random() * 0x3fffffff) + 1),
    sequence(ecdsaWithSha256),
    name,
    sequence(time(validFrom), time(validTo)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        extension(basicConstraintsId, sequence(der(0x01, Buffer.from([0xff])))),
        extension(alternativeNamesId, sequence(...names.map(alternativeName))),
      ),
    ),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const certificate = sequence(toBeSigned, sequence(ecdsaWithSha256), der(0x03, Buffer.from([0]), signature));
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

const ecdsaWithSha256 = der(0x06, Buffer.from('2a8648ce3d040302', 'hex'));
const commonNameId = der(0x06, Buffer.from('550403', 'hex'));
const basicConstraintsId = der(0x06, Buffer.from('551d13', 'hex'));
const alternativeNamesId = der(0x06, Buffer.from('551d11', 'hex'));

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

const time = (date: Date) => der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]|\.\d+/g, '')}`));

const extension = (id: Buffer, value: Buffer) => sequence(id, der(0x04, value));

const alternativeName = (name: string) =>
  isIP(name) === 4 ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name));
