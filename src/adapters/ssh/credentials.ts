import { readFile } from 'node:fs/promises';
import ssh2, { type AnyAuthMethod, type AuthenticationType, type AuthHandlerMiddleware } from 'ssh2';
import type { HostSettings } from './host-settings.js';
import { loginOf } from './trouble.js';

export type SecretQuestion =
  | { readonly kind: 'passphrase'; readonly file: string }
  | { readonly kind: 'password'; readonly login: string }
  /** What the server itself asks, by keyboard-interactive. `echo` is for what is no secret. */
  | { readonly kind: 'prompt'; readonly login: string; readonly prompt: string; readonly echo: boolean };

/** `undefined` when there is no answer, which leaves that way of logging in out. */
export type AskSecret = (question: SecretQuestion, signal: AbortSignal) => Promise<string | undefined>;

export interface Credentials {
  readonly handler: AuthHandlerMiddleware;
  /** The ways of logging in that were tried, and what was wrong with those that could not be. */
  readonly tried: readonly string[];
  /** Why nobody could be asked. */
  readonly trouble: () => unknown;
}

/** Ways to log in to a host, in the order ssh takes them, each only if the server accepts its kind. */
export function credentialsFor(settings: HostSettings, ask: AskSecret, signal: AbortSignal): Credentials {
  const tried: string[] = [];
  let accepted: readonly AuthenticationType[] = [];
  let trouble: unknown;
  const fail = (error: unknown) => {
    trouble ??= error;
  };
  const ways = waysIn(settings, { ask, signal, tried, fail, accepts: (kind) => accepted.includes(kind) });
  return {
    tried,
    trouble: () => trouble,
    handler(left, _partly, next) {
      accepted = left ?? [];
      const another = trouble === undefined ? ways.next() : Promise.resolve({ value: undefined });
      another.then(
        ({ value }) => next((value ?? false) as AnyAuthMethod),
        (error: unknown) => {
          fail(error);
          next(false as never);
        },
      );
    },
  };
}

interface Trying {
  readonly ask: AskSecret;
  readonly signal: AbortSignal;
  readonly tried: string[];
  /** Nobody could be asked, or nobody wants to answer: no other way in is tried. */
  readonly fail: (error: unknown) => void;
  readonly accepts: (kind: AuthenticationType) => boolean;
}

async function* waysIn(settings: HostSettings, trying: Trying): AsyncGenerator<AnyAuthMethod, undefined> {
  // By this the server says what it accepts, so that nobody is asked for what is of no use.
  yield { type: 'none', username: settings.user };

  const left: Way[] = [
    { kind: 'publickey', attempts: byAgent },
    { kind: 'publickey', attempts: byKeys },
    { kind: 'password', attempts: byPassword },
    { kind: 'keyboard-interactive', attempts: byQuestions },
  ];
  for (;;) {
    // Looked for anew each time: a server that wants two of them says so after the first.
    const at = left.findIndex(({ kind }) => trying.accepts(kind));
    const [way] = at < 0 ? [] : left.splice(at, 1);
    if (way === undefined) return undefined;
    for await (const attempt of way.attempts(settings, trying)) {
      if (!trying.accepts(way.kind)) break;
      yield attempt;
    }
  }
}

interface Way {
  readonly kind: AuthenticationType;
  attempts(settings: HostSettings, trying: Trying): AsyncGenerator<AnyAuthMethod, void>;
}

async function* byAgent({ user: username, agent, identitiesOnly }: HostSettings, { tried }: Trying) {
  if (agent === undefined || identitiesOnly) return;
  tried.push('the agent');
  yield { type: 'agent' as const, username, agent };
}

async function* byKeys(settings: HostSettings, trying: Trying) {
  for await (const key of keysOf(settings, trying)) yield { type: 'publickey' as const, username: settings.user, key };
}

async function* byPassword(settings: HostSettings, { ask, signal, tried }: Trying) {
  const password = await ask({ kind: 'password', login: loginOf(settings) }, signal);
  if (password === undefined) return;
  tried.push('a password');
  yield { type: 'password' as const, username: settings.user, password };
}

async function* byQuestions(settings: HostSettings, trying: Trying): AsyncGenerator<AnyAuthMethod, void> {
  trying.tried.push('answers to its questions');
  yield {
    type: 'keyboard-interactive',
    username: settings.user,
    prompt(_name, _instructions, _language, prompts, finish) {
      answer(prompts, loginOf(settings), trying).then(finish, (error: unknown) => {
        trying.fail(error);
        // The server waits for an answer, and says no to this one.
        finish([]);
      });
    },
  };
}

async function answer(
  prompts: readonly { prompt: string; echo?: boolean }[],
  login: string,
  { ask, signal }: Trying,
): Promise<string[]> {
  const answers: string[] = [];
  for (const { prompt, echo = false } of prompts) {
    answers.push((await ask({ kind: 'prompt', login, prompt, echo }, signal)) ?? '');
  }
  return answers;
}

/** Keys that need no passphrase first. A file that is not there is passed over, as ssh does. */
async function* keysOf(
  { keyFiles }: HostSettings,
  { ask, signal, tried, accepts }: Trying,
): AsyncGenerator<ssh2.ParsedKey, void> {
  const locked: { file: string; text: Buffer }[] = [];
  for (const file of keyFiles) {
    if (!accepts('publickey')) return;
    const text = await readFile(file).catch(() => undefined);
    if (text === undefined) continue;
    const key = ssh2.utils.parseKey(text);
    if (!(key instanceof Error)) {
      tried.push(`the key ${file}`);
      yield key;
    } else if (/encrypted/i.test(key.message)) {
      locked.push({ file, text });
    } else {
      tried.push(`the key ${file} (not in a format that can be read)`);
    }
  }
  for (const { file, text } of locked) {
    if (!accepts('publickey')) return;
    const passphrase = await ask({ kind: 'passphrase', file }, signal);
    const key = passphrase === undefined ? undefined : ssh2.utils.parseKey(text, passphrase);
    if (key === undefined) tried.push(`the key ${file} (its passphrase is not known)`);
    else if (key instanceof Error) tried.push(`the key ${file} (the passphrase is wrong)`);
    else {
      tried.push(`the key ${file}`);
      yield key;
    }
  }
}
