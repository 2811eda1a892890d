import { Failure } from '../../errors.js';
import type { HttpAnswer, HttpRequest } from '../../ports/http.js';

/** What was asked, for judging the answer. */
export interface Asked {
  readonly method: NonNullable<HttpRequest['method']>;
  readonly path: string;
  /** What Octopus asks of the key's owner for this; `null` where that is not known. */
  readonly permission: string | null;
  /** Where it was sent. */
  readonly base: string;
  /** The key, which is in nothing that is told. */
  readonly secret: string;
}

/** An answer of Octopus that is not a refusal. */
export interface Reply {
  /** What its body holds; `undefined` where it is empty. */
  readonly value: unknown;
}

/** What an answer means. `undefined` when Octopus says that there is no such thing; other refusals are thrown. */
export function understand({ status, headers, body }: HttpAnswer, asked: Asked): Reply | undefined {
  const { method, base, permission, secret } = asked;
  const what = nameOf(asked);
  const value = parseJson(body);
  const told = (text: string) => plain(text, secret);
  const why = told(messageIn(value) ?? '');
  const because = why === '' ? '' : `: ${why}`;
  const unreachable = (message: string, hint?: string) => new Failure('unreachable', message, { hint });

  // By 418 Octopus says that it does not operate normally; the body says how.
  if (status === 418 && method === 'GET' && typeof value === 'object') return { value };
  if (status >= 200 && status < 300) {
    if (value !== notJson) return { value };
    const message = `${base} answered ${what} with ${told(headers['content-type'] ?? 'no type')} instead of JSON`;
    // A change that was answered may have been made, by whatever answered.
    if (method !== 'GET') throw lost(asked, message);
    throw unreachable(message, 'Something in front of Octopus answers for it, such as a log-in page: correct api.url.');
  }
  if (status >= 300 && status < 400) {
    const place = originOf(headers['location'], base);
    const target = place === undefined ? '' : ` to ${told(place)}`;
    throw unreachable(
      `${base} redirects ${what}${target}, and an API key follows no redirect`,
      'Write the address that Octopus itself answers at into api.url.',
    );
  }
  if (status >= 500 || status === 408) {
    const message = `${base} answered ${what} with ${status}${because}`;
    throw method === 'GET' ? unreachable(message) : lost(asked, message);
  }
  switch (status) {
    case 401:
      throw unreachable(
        `${base} does not accept the API key${because}`,
        'Make another key in Octopus under the profile of an administrator, and keep it where api.key says.',
      );
    case 403: {
      const needed = permission === null ? '' : `It needs the permission ${permission}. `;
      const hint = `${needed}Grant it in Octopus, or use the key of an administrator.`;
      throw new Failure('refused', `the owner of the API key may not ${what}${because}`, { hint });
    }
    case 404:
      if (value !== notJson) return undefined;
      throw unreachable(`${base} answered ${what} with 404, and not as Octopus does`);
    case 429: {
      const after = headers['retry-after'] ?? '';
      const pause = /^\d{1,6}$/.test(after) ? `; it may be asked again in ${after} s` : '';
      throw unreachable(`${base} turned ${what} away as one request too many${pause}`);
    }
    default:
      throw new Failure('failed', `${base} refused ${what} with ${status}${because}`);
  }
}

/** Whether a change was made is not known. */
export const lost = (asked: Pick<Asked, 'method' | 'path'>, why: string): Failure =>
  new Failure('unknown', `whether Octopus did ${nameOf(asked)} is not known: ${why}`, {
    hint: 'See where the cluster stands with: octo-ha status',
  });

const nameOf = ({ method, path }: Pick<Asked, 'method' | 'path'>): string => `${method} ${path.replace(/\?.*$/s, '')}`;

const notJson = Symbol('not JSON');

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return notJson;
  }
}

/** Octopus' own sentence about what is wrong. */
function messageIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('ErrorMessage' in value)) return undefined;
  return typeof value.ErrorMessage === 'string' ? value.ErrorMessage : undefined;
}

/** What the other side says, on one line, short, and without the key, which it may repeat in letters of another case. */
const plain = (text: string, secret: string): string =>
  text
    .replace(new RegExp(secret.replace(/[^A-Za-z0-9]/g, '\\$&'), 'gi'), '(the API key)')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 300);

function originOf(location: string | undefined, base: string): string | undefined {
  if (location === undefined || !URL.canParse(location, base)) return undefined;
  return new URL(location, base).origin;
}
