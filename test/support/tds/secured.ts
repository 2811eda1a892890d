import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { packet, packetType, splitPacket } from '../../../src/adapters/sql-server/prelogin.js';
import type { KeyPair } from './certificate.js';

/**
 * The server's end of TLS as TDS 7 has it: the handshake travels in prelogin packets, and what follows bare. A record
 * of TLS and a packet of the prelogin differ in their first byte, which tells when the client has changed over.
 */
export function secured(socket: Socket, pair: KeyPair): { readonly plain: Duplex; receive(chunk: Buffer): void } {
  let bare = false;
  let received: Buffer = Buffer.alloc(0);
  let waiting: Buffer[] = [];

  // One flight of the handshake must be one message, however many writes it comes in.
  const flush = () => {
    if (waiting.length > 0 && !socket.destroyed) socket.write(packet(packetType.prelogin, Buffer.concat(waiting)));
    waiting = [];
  };
  const records = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      if (bare) {
        socket.write(chunk, () => done());
        return;
      }
      if (waiting.length === 0) setImmediate(flush);
      waiting.push(chunk);
      done();
    },
  });

  const plain = new TLSSocket(records, {
    isServer: true,
    secureContext: createSecureContext({ key: pair.key, cert: pair.certificate, maxVersion: 'TLSv1.2' }),
  });
  plain.on('error', () => socket.destroy());
  socket.on('close', () => plain.destroy());

  return {
    plain,
    receive(chunk) {
      received = Buffer.concat([received, chunk]);
      while (!bare && received[0] === packetType.prelogin) {
        const whole = splitPacket(received);
        if (whole === undefined) return;
        records.push(whole.payload);
        received = whole.rest;
      }
      if (received.length === 0) return;
      bare = true;
      records.push(received);
      received = Buffer.alloc(0);
    },
  };
}
