import { createServer } from 'node:net';
import type { Ports } from '../ports/free-ports.js';

/** Below the ports that operating systems give to outgoing connections, and above those of well-known services. */
const lowest = 20_000;
const highest = 32_000;

export const loopbackPorts: Ports = {
  isFree,
  async free(count) {
    const found: number[] = [];
    let port = lowest + Math.floor(Math.random() * (highest - lowest));
    for (let tries = 0; found.length < count; tries++) {
      if (tries > highest - lowest) throw new Error(`there are no ${count} free ports from ${lowest} to ${highest}`);
      if (await isFree(port)) found.push(port);
      port = port + 1 >= highest ? lowest : port + 1;
    }
    return found;
  },
};

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
