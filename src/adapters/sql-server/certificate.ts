import { X509Certificate } from 'node:crypto';
import { isIP, connect as openSocket, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as openTls } from 'node:tls';
import type { Address } from './connector.js';
import { askForEncryption, offersEncryption, packet, packetType, splitPacket } from './prelogin.js';

/** A certificate as somebody would compare it by eye. */
export interface ServerCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly names: string;
  readonly validFrom: Date;
  readonly validTo: Date;
  readonly sha256: string;
}

/**
 * The certificate a server shows, whether or not it is trusted. Ends after the handshake: no login is ever sent, so it
 * may be asked of a server that is not what it says. Rejects where there is none, and when `signal` aborts.
 *
 * `strict` is TDS 8, where TLS comes first; before that its records travel in packets of the prelogin.
 */
export async function readCertificate(
  { host, port }: Address,
  strict: boolean,
  signal: AbortSignal,
): Promise<ServerCertificate> {
  signal.throwIfAborted();
  const socket = openSocket({ host, port });
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      const gone = () => reject(new Error(`${host}:${port} closed the connection`));
      socket.once('error', reject).once('close', gone);
      transport(socket, strict).then((stream) => {
        const options: ConnectionOptions = {
          socket: stream,
          rejectUnauthorized: false,
          ...(isIP(host) ? {} : { servername: host }),
          ...(strict ? { ALPNProtocols: ['tds/8.0'] } : { maxVersion: 'TLSv1.2' }),
        };
        const tls = openTls(options);
        tls.once('error', reject);
        tls.once('secureConnect', () => resolve(read(new X509Certificate(tls.getPeerCertificate(true).raw))));
      }, reject);
    });
  } finally {
    socket.destroy();
  }
}

async function transport(socket: Socket, strict: boolean): Promise<Duplex> {
  await new Promise((resolve) => socket.once('connect', resolve));
  if (strict) return socket;
  socket.write(askForEncryption);
  const answer = await new Promise<Buffer>((resolve) => {
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', function hear(chunk: Buffer) {
      received = Buffer.concat([received, chunk]);
      const whole = splitPacket(received);
      if (whole === undefined) return;
      socket.off('data', hear);
      resolve(whole.payload);
    });
  });
  if (!offersEncryption(answer)) throw new Error('the server offers no encryption');
  return insidePackets(socket);
}

/** TLS records go out in prelogin packets, and what comes in packets is unwrapped. */
function insidePackets(socket: Socket): Duplex {
  const records = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      socket.write(packet(packetType.prelogin, chunk), done);
    },
  });
  let received: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    for (let whole = splitPacket(received); whole !== undefined; whole = splitPacket(received)) {
      records.push(whole.payload);
      received = whole.rest;
    }
  });
  return records;
}

function read(certificate: X509Certificate): ServerCertificate {
  const oneLine = (name: string | undefined) => (name ?? '').trim().replaceAll('\n', ', ');
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: certificate.subjectAltName ?? '',
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
    sha256: certificate.fingerprint256,
  };
}
