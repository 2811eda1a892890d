import type { Duplex } from 'node:stream';
import ssh2, { type Client } from 'ssh2';
import { withoutSecrets } from '../without-secrets.js';
import type { AskSecret } from './credentials.js';
import { credentialsFor } from './credentials.js';
import type { HostSettings } from './host-settings.js';
import { algorithmsFor, type HostKey, type HostTrust, hostKeyOf, judgeHostKey } from './host-trust.js';
import { distrusted, unreachable } from './trouble.js';

export interface Hop {
  readonly settings: HostSettings;
  readonly trust: HostTrust;
}

export interface ConnectOptions {
  /** Milliseconds until the connection has to be ready; a person's time to answer does not count. */
  readonly readyTimeout: number;
  /** Milliseconds between signs of life; three without an answer end the connection. */
  readonly keepalive: number;
  readonly ask: AskSecret;
}

/** An open connection to one host. */
export interface Connection {
  readonly client: Client;
  /** The key that the host has shown. */
  readonly hostKey: HostKey | undefined;
  /** Whether it still stands. */
  isOpen(): boolean;
  end(): void;
}

/** `through` is a stream that a jump host has opened; without one the host is called directly. */
export function connect(
  { settings, trust }: Hop,
  through: Duplex | undefined,
  { readyTimeout, keepalive, ask }: ConnectOptions,
  signal: AbortSignal,
): Promise<Connection> {
  signal.throwIfAborted();
  const client = new ssh2.Client();
  let open = true;
  client.once('close', () => {
    open = false;
  });

  return new Promise((resolve, reject) => {
    const limit = patience(readyTimeout, () => fail(unreachable(settings, { level: 'client-timeout' })));
    const answers: (string | undefined)[] = [];
    const answer: AskSecret = async (question, asking) => {
      const given = await limit.pausedFor(ask(question, asking));
      answers.push(given);
      return given;
    };
    const credentials = credentialsFor(settings, answer, signal);
    let refusal: Error | undefined;
    let hostKey: HostKey | undefined;

    function fail(error: unknown): void {
      limit.end();
      signal.removeEventListener('abort', abort);
      client.destroy();
      reject(error);
    }
    const abort = () => fail(signal.reason);
    signal.addEventListener('abort', abort, { once: true });

    // Stays for the life of the connection: without a listener an error would end the process.
    client.on('error', (error: Error & { level?: string; code?: string }) => {
      // An agent that does not answer is one way less to log in.
      if (error.level === 'agent') return;
      error.message = withoutSecrets(error.message, answers);
      fail(refusal ?? credentials.trouble() ?? unreachable(settings, error, credentials.tried));
    });
    client.once('close', () => fail(unreachable(settings, new Error('the connection was closed'))));
    // Small packets one after the other are what logging in consists of; waiting to fill them makes it thrice as long.
    client.once('connect', () => client.setNoDelay(true));
    client.once('ready', () => {
      limit.end();
      signal.removeEventListener('abort', abort);
      resolve({ client, hostKey, isOpen: () => open, end: () => client.destroy() });
    });

    client.connect({
      ...(through === undefined ? { host: settings.host, port: settings.port } : { sock: through }),
      username: settings.user,
      authHandler: credentials.handler,
      readyTimeout: 0,
      keepaliveInterval: keepalive,
      keepaliveCountMax: 3,
      algorithms: { serverHostKey: [...algorithmsFor(trust)] as ssh2.ServerHostKeyAlgorithm[] },
      // Without it ssh2 takes any key.
      hostVerifier: (key: Buffer) => {
        const shown = hostKeyOf(key);
        hostKey = shown;
        const verdict = judgeHostKey(shown, trust);
        if (verdict !== 'trusted') refusal = distrusted(settings, shown, verdict, trust);
        return verdict === 'trusted';
      },
    });
  });
}

/** A time limit that stands still while somebody is asked. */
function patience(milliseconds: number, over: () => void) {
  let timer = setTimeout(over, milliseconds);
  return {
    async pausedFor<T>(asked: Promise<T>): Promise<T> {
      clearTimeout(timer);
      try {
        return await asked;
      } finally {
        timer = setTimeout(over, milliseconds);
      }
    },
    end: () => clearTimeout(timer),
  };
}

/** A stream from a jump host on to the next one. */
export function forward(
  { client }: Connection,
  to: HostSettings,
  by: HostSettings,
  signal: AbortSignal,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    client.forwardOut('127.0.0.1', 0, to.host, to.port, (error, stream) => {
      signal.removeEventListener('abort', abort);
      if (error) reject(unreachable(to, new Error(`${by.host} cannot reach it: ${error.message}`)));
      else resolve(stream);
    });
  });
}
