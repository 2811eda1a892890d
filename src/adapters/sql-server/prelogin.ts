/** The few bytes of TDS that pass before TLS: packets with a header of 8, and the prelogin message. */
export const packetType = { answer: 0x04, prelogin: 0x12 } as const;

const headerLength = 8;
const lastOfMessage = 0x01;

export function packet(type: number, payload: Uint8Array): Buffer {
  const header = Buffer.from([type, lastOfMessage, 0, 0, 0, 0, 1, 0]);
  header.writeUInt16BE(headerLength + payload.length, 2);
  return Buffer.concat([header, payload]);
}

/** The first whole packet of what has arrived and what follows it, or `undefined` while it is not whole. */
export function splitPacket(received: Buffer): { payload: Buffer; last: boolean; rest: Buffer } | undefined {
  if (received.length < headerLength) return undefined;
  const length = Math.max(headerLength, received.readUInt16BE(2));
  if (received.length < length) return undefined;
  return {
    payload: received.subarray(headerLength, length),
    last: ((received[1] ?? 0) & lastOfMessage) !== 0,
    rest: received.subarray(length),
  };
}

const option = { version: 0x00, encryption: 0x01, end: 0xff } as const;
const encryption = { on: 0x01, required: 0x03 } as const;

/** Asks for encryption of the whole connection. */
export const askForEncryption: Buffer = packet(
  packetType.prelogin,
  Buffer.from([
    option.version,
    0,
    11,
    0,
    6,
    option.encryption,
    0,
    17,
    0,
    1,
    option.end,
    0,
    0,
    0,
    0,
    0,
    0,
    encryption.on,
  ]),
);

/** Whether the server's prelogin answer agrees to encrypt; `false` for what is no such answer. */
export function offersEncryption(payload: Buffer): boolean {
  for (let at = 0; at + 5 <= payload.length && payload[at] !== option.end; at += 5) {
    if (payload[at] !== option.encryption) continue;
    const value = payload[payload.readUInt16BE(at + 1)];
    return value === encryption.on || value === encryption.required;
  }
  return false;
}
