import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { packet, packetType, splitPacket } from '../../src/adapters/sql-server/prelogin.js';
import type { KeyPair } from './tds/certificate.js';
import { type Asked, batch, type LoginAttempt, loginAttempt, statement, transactionRequest } from './tds/requests.js';
import { secured } from './tds/secured.js';
import {
  attentionDone,
  batchDone,
  loginAcknowledged,
  procedureDone,
  recordset,
  type ServerError,
  serverError,
  type Table,
  transactionDone,
} from './tds/tokens.js';

/** Recordsets, an error, a connection reset in the middle of the answer, or no answer at all. */
export type Answer = readonly Table[] | ServerError | 'reset' | 'silence';

export interface TdsServerOptions {
  /** Without one the server says that it has no encryption. */
  readonly certificate?: KeyPair | undefined;
  /** Errors it refuses the nth login (from 1) with; `silence` leaves it without an answer. */
  readonly login?: (nth: number) => readonly ServerError[] | 'silence' | undefined;
  /** To the nth request (from 1); by default every request succeeds and answers nothing. */
  readonly answer?: (asked: Asked, nth: number) => Answer | undefined;
  readonly ignoresCancel?: boolean;
}

export interface TdsServer extends AsyncDisposable {
  readonly port: number;
  readonly connections: number;
  readonly logins: readonly LoginAttempt[];
  /** Without what the driver asks by itself after a login. */
  readonly requests: readonly Asked[];
  readonly cancels: number;
}

const message = { batch: 0x01, call: 0x03, cancel: 0x06, transaction: 0x0e, login: 0x10 } as const;

/**
 * An endpoint on loopback that speaks enough TDS 7.4 for the driver's behaviour on the wire, with answers by script.
 * It knows no T-SQL and proves nothing about a SQL Server.
 */
export async function tdsServer(options: TdsServerOptions = {}): Promise<TdsServer> {
  const sockets = new Set<Socket>();
  const logins: LoginAttempt[] = [];
  const requests: Asked[] = [];
  let connections = 0;
  let cancels = 0;

  function answerTo(asked: Asked, stream: Duplex, socket: Socket): void {
    requests.push(asked);
    const answer = options.answer?.(asked, requests.length) ?? [];
    const reply = (...tokens: readonly Buffer[]) => stream.write(packet(packetType.answer, Buffer.concat(tokens)));
    const end = asked.kind === 'statement' ? procedureDone : batchDone;
    if (answer === 'silence') return;
    if (answer === 'reset') {
      const begun = packet(packetType.answer, recordset([{ half: 'a row' }]).subarray(0, 20));
      begun.writeUInt8(0, 1);
      stream.write(begun, () => setImmediate(() => socket.resetAndDestroy()));
    } else if ('number' in answer) {
      reply(serverError(answer), end(true));
    } else if (asked.kind === 'batch' || asked.kind === 'statement') {
      reply(...answer.map(recordset), end());
    } else {
      reply(transactionDone(asked.kind));
    }
  }

  function heard(kind: number, payload: Buffer, stream: Duplex, socket: Socket, settle: () => boolean): void {
    const reply = (...tokens: readonly Buffer[]) => stream.write(packet(packetType.answer, Buffer.concat(tokens)));
    switch (kind) {
      case message.login: {
        logins.push(loginAttempt(payload));
        const refusal = options.login?.(logins.length);
        if (refusal === 'silence') return;
        if (refusal === undefined) reply(loginAcknowledged(), batchDone());
        else reply(...refusal.map(serverError), batchDone(true));
        return;
      }
      case message.cancel:
        cancels += 1;
        if (options.ignoresCancel) return;
        // What was being answered ends first, then comes a message of its own.
        reply(batchDone());
        reply(attentionDone());
        return;
      case message.batch:
        // The first batch of a connection is the driver's own: it sets the session's options.
        if (settle()) reply(batchDone());
        else answerTo(batch(payload), stream, socket);
        return;
      case message.call:
        answerTo(statement(payload), stream, socket);
        return;
      case message.transaction:
        answerTo(transactionRequest(payload), stream, socket);
        return;
      default:
        socket.destroy();
    }
  }

  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    serve(socket, options.certificate, heard);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    port: (server.address() as AddressInfo).port,
    logins,
    requests,
    get connections() {
      return connections;
    },
    get cancels() {
      return cancels;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Heard = (kind: number, payload: Buffer, stream: Duplex, socket: Socket, settle: () => boolean) => void;

const encryptionOffer = { on: 0x01, none: 0x02 } as const;

/** The prelogin, then messages put together from their packets. */
function serve(socket: Socket, certificate: KeyPair | undefined, heard: Heard): void {
  let settled = false;
  const settle = () => {
    const first = !settled;
    settled = true;
    return first;
  };
  const listen = (stream: Duplex) => {
    let received: Buffer = Buffer.alloc(0);
    let payload: Buffer = Buffer.alloc(0);
    return (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let whole = splitPacket(received); whole !== undefined; whole = splitPacket(received)) {
        const kind = received.readUInt8(0);
        payload = Buffer.concat([payload, whole.payload]);
        received = whole.rest;
        if (!whole.last) continue;
        heard(kind, payload, stream, socket, settle);
        payload = Buffer.alloc(0);
      }
    };
  };

  socket.once('data', () => {
    const offer = certificate === undefined ? encryptionOffer.none : encryptionOffer.on;
    const options = Buffer.from([0x00, 0, 11, 0, 6, 0x01, 0, 17, 0, 1, 0xff, 16, 0, 0, 0, 0, 0, offer]);
    socket.write(packet(packetType.answer, options));
    if (certificate === undefined) {
      socket.on('data', listen(socket));
      return;
    }
    const { plain, receive } = secured(socket, certificate);
    socket.on('data', receive);
    plain.on('data', listen(plain));
  });
}
