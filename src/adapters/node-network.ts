import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP, connect as openSocket, type Socket } from 'node:net';
import {
  checkServerIdentity,
  type DetailedPeerCertificate,
  connect as openTls,
  rootCertificates,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import { Failure } from '../errors.js';
import type { Network, ShownCertificate } from '../ports/network.js';
import { untilAborted } from '../ports/until-aborted.js';
import { connectionTrouble } from './connection-trouble.js';
import { trusting } from './trusting.js';

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
    overSocket<Socket, void>(
      () => openSocket({ host, port }),
      signal,
      (socket, resolve, reject) => {
        socket.once('connect', () => resolve());
        socket.once('error', (error) => reject(unreachable(`cannot reach ${host}:${port}`, error)));
      },
    ),

  async certificate(host, port, ca, signal) {
    const server = { host, port };
    let met: Handshake | undefined;
    let refusal: unknown;
    try {
      met = await shakeHands(server, trusting(ca), signal);
      if (met.distrust !== unnamedReason) return described(met, host);
    } catch (error) {
      refusal = error;
    }
    signal.throwIfAborted();
    const yesterdays = await shakeHands(server, lowestLimits(ca), signal).catch(() => undefined);
    signal.throwIfAborted();
    if (met !== undefined) return described(yesterdays?.distrust === null ? { ...met, distrust: tooWeak } : met, host);
    if (yesterdays === undefined) throw unreachable(`no TLS at ${host}:${port}`, refusal);
    return described(yesterdays, host);
  },
};

/** What Node.js says where it has no word of its own for the reason. */
const unnamedReason = 'UNSPECIFIED';
const tooWeak = 'a key or a signature in its chain is too weak';

/** What a server speaks that today's limits refuse is to be seen, too. Nothing but the handshake is ever sent. */
const lowestLimits = (ca: string | undefined): SecureContextOptions => ({
  ...{ minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
  ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
});

interface Handshake {
  readonly shown: DetailedPeerCertificate;
  readonly distrust: string | null;
  readonly protocol: string;
}

interface Server {
  readonly host: string;
  readonly port: number;
}

const shakeHands = (
  { host, port }: Server,
  limits: SecureContextOptions | ReturnType<typeof trusting>,
  signal: AbortSignal,
): Promise<Handshake> =>
  overSocket<TLSSocket, Handshake>(
    () =>
      openTls({
        ...limits,
        host,
        port,
        // What is wrong with it is the answer.
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
        ...(isIP(host) ? {} : { servername: host }),
      }),
    signal,
    (socket, resolve, reject) => {
      socket.once('error', reject);
      socket.once('secureConnect', () => {
        // A reason such as SELF_SIGNED_CERT_IN_CHAIN; the types say Error.
        const why = socket.authorizationError as unknown;
        const distrust = socket.authorized ? null : why instanceof Error ? why.message : String(why);
        resolve({ shown: socket.getPeerCertificate(true), distrust, protocol: socket.getProtocol() ?? '' });
      });
    },
  );

/** Opens a socket, and destroys it once `listen` has what it wants, or nobody waits for that any more. */
const overSocket = <S extends Socket, T>(
  open: () => S,
  signal: AbortSignal,
  listen: (socket: S, resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = open();
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      settle();
    };
    const abort = () => end(() => reject(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    listen(
      socket,
      (value) => end(() => resolve(value)),
      (error) => end(() => reject(error)),
    );
  });

function described({ shown, distrust, protocol }: Handshake, host: string): ShownCertificate {
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
  new Failure('unreachable', `${what}: ${connectionTrouble(error)}`, { cause: error });
