import { Failure } from '../../errors.js';
import type { Http, HttpRequest } from '../../ports/http.js';
import type { SecretPlace, Secrets } from '../../ports/secrets.js';
import { type Asked, lost, type Reply, understand } from './understand.js';

export interface Connection {
  /** The base address, of the cluster behind its balancer or of one node; it may name a virtual directory. */
  readonly url: string;
  readonly key: SecretPlace;
  readonly secrets: Secrets;
  readonly http: Http;
  /** PEM text of the authorities to trust besides the system's. */
  readonly ca: string | undefined;
  /** Milliseconds for one call. */
  readonly timeout: number;
}

/** One call; its path begins with `/api`, and values in it are encoded already. */
export interface Call extends Pick<Asked, 'path' | 'permission'> {
  readonly method?: Asked['method'];
  readonly body?: unknown;
}

/** One call after another with the key, which goes into its header and nowhere else. Resolves to `undefined` for 404. */
export type Exchange = (call: Call, signal: AbortSignal) => Promise<Reply | undefined>;

/** The key is read at the first call: a command that makes none asks nobody for it. */
export function octopusExchange({ url, key, secrets, http, ca, timeout }: Connection): Exchange {
  let reading: Promise<string> | undefined;
  const base = baseOf(url);

  async function readKey(signal: AbortSignal): Promise<string> {
    reading ??= secrets.read(key, signal);
    // Somebody who gave up, or was asked in vain, may be asked again.
    const value = await reading.catch((error: unknown) => {
      reading = undefined;
      throw error;
    });
    if (!/^[\x21-\x7e]+$/.test(value)) {
      throw new Failure('usage', 'what api.key names is no API key: it holds spaces or letters that a key cannot have');
    }
    return value;
  }

  return async ({ method = 'GET', path, body, permission }, signal) => {
    const secret = await readKey(signal);
    const request: HttpRequest = {
      url: `${base}${path}`,
      method,
      headers: {
        'X-Octopus-ApiKey': secret,
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(ca === undefined ? {} : { ca }),
      timeout,
    };
    const answer = await http.send(request, signal).catch((error: unknown) => {
      if (error instanceof Failure && error.kind === 'unknown') throw lost({ method, path }, error.message);
      throw error;
    });
    return understand(answer, { method, path, permission, base, secret });
  };
}

/** Without a slash at its end. A key is sent in the clear to this machine only. */
function baseOf(url: string): string {
  const { protocol, hostname, origin, pathname } = new URL(url);
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  if (protocol !== 'https:' && !isLocal) {
    throw new Failure('usage', `api.url is ${origin}, where everybody on the way could read the API key`, {
      hint: 'Give it an address that begins with https.',
    });
  }
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}
