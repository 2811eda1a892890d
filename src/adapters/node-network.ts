import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP, connect as openSocket } from 'node:net';
import { checkServerIdentity, type DetailedPeerCertificate, connect as openTls, rootCertificates } from 'node:tls';
import { Failure } from '../errors.js';
import type { Network, ShownCertificate } from '../ports/network.js';
import { untilAborted } from '../ports/until-aborted.js';

export const nodeNetwork: Network = {
  async lookup(host, signal) {
    try {
      const found = await untilAborted(lookup(host, { all: true }), signal);
      return [...new Set(found.map(({ address }) => address))].sort();
    } catch (error) {
      signal.throwIfAborted();
      throw unreachable(`this machine finds no address for ${host}`, error);
    }
  },

  connect: (host, port, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const socket = openSocket({ host, port });
      const end = (settle: () => void) => {
        signal.removeEventListener('abort', abort);
        socket.destroy();
        settle();
      };
      const abort = () => end(() => reject(signal.reason));
      signal.addEventListener('abort', abort, { once: true });
      socket.once('connect', () => end(resolve));
      socket.once('error', (error) => end(() => reject(unreachable(`cannot reach ${host}:${port}`, error))));
    }),

  certificate: (host, port, ca, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const socket = openTls({
        host,
        port,
        // What is wrong with it is the answer; nothing but the handshake is ever sent.
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
        ...(isIP(host) ? {} : { servername: host }),
        ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
      });
      const end = (settle: () => void) => {
        signal.removeEventListener('abort', abort);
        socket.destroy();
        settle();
      };
      const abort = () => end(() => reject(signal.reason));
      signal.addEventListener('abort', abort, { once: true });
      socket.once('error', (error) => end(() => reject(unreachable(`no TLS at ${host}:${port}`, error))));
      socket.once('secureConnect', () => {
        // A reason such as SELF_SIGNED_CERT_IN_CHAIN; the types say Error.
        const why = socket.authorizationError as unknown;
        const distrust = socket.authorized ? null : why instanceof Error ? why.message : String(why);
        const shown = socket.getPeerCertificate(true);
        const protocol = socket.getProtocol() ?? '';
        end(() => resolve(described(shown, { host, distrust, protocol })));
      });
    }),
};

function described(
  shown: DetailedPeerCertificate,
  { host, distrust, protocol }: { host: string; distrust: string | null; protocol: string },
): ShownCertificate {
  const certificate = new X509Certificate(shown.raw);
  const oneLine = (name: string | undefined) => (name ?? '').trim().replaceAll('\n', ', ');
  const key = certificate.publicKey;
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: (certificate.subjectAltName ?? '').split(', ').filter((name) => name !== ''),
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
    sha256: certificate.fingerprint256,
    distrust,
    matches: checkServerIdentity(host, shown) === undefined,
    chain: chainLength(shown),
    protocol,
    keyType: key.asymmetricKeyType ?? null,
    keyBits: key.asymmetricKeyDetails?.modulusLength ?? null,
  };
}

/** A self-signed certificate is its own issuer. */
function chainLength(shown: DetailedPeerCertificate): number {
  let length = 1;
  let at = shown;
  while (at.issuerCertificate !== undefined && at.issuerCertificate !== at && length < 10) {
    at = at.issuerCertificate;
    length++;
  }
  return length;
}

const unreachable = (what: string, error: unknown): Failure =>
  new Failure('unreachable', `${what}: ${reason(error)}`, { cause: error });

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED') return 'the connection was refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name cannot be resolved';
  if (code === 'ECONNRESET') return 'the connection was reset';
  return error instanceof Error ? error.message : String(error);
}
