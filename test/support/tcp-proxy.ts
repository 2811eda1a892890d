import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** A way to a server that can be cut: what goes through it is then reset, and nobody gets through until it is mended. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  cut(): void;
  mend(): void;
}

/** What happens to the bytes of one direction of one connection. */
export type Passage = (way: 'there' | 'back') => Transform;

export async function tcpProxy(
  to: { readonly host: string; readonly port: number },
  passage?: Passage,
): Promise<TcpProxy> {
  const open = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.resetAndDestroy();
    const far = connect(to);
    for (const [one, other, way] of [
      [near, far, 'there'],
      [far, near, 'back'],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      if (passage === undefined) one.pipe(other);
      else one.pipe(passage(way)).pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    isCut = true;
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    mend() {
      isCut = false;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Everything arrives so many milliseconds later. */
export const late =
  (milliseconds: number): Passage =>
  () =>
    new Transform({
      transform: (chunk, _encoding, done) => void setTimeout(() => done(null, chunk), milliseconds),
    });

/** One bit of the first large answer is another one. */
export function spoiling(): Passage {
  let isSpoilt = false;
  return (way) =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const middle = chunk.length >> 1;
        if (way === 'back' && !isSpoilt && chunk.length > 32_768) {
          isSpoilt = true;
          chunk.writeUInt8(chunk.readUInt8(middle) ^ 1, middle);
        }
        done(null, chunk);
      },
    });
}
