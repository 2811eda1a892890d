import { readFile } from 'node:fs/promises';
import { Failure } from '../../errors.js';
import type { Shell } from '../../ports/shell.js';
import { answered } from '../answered.js';
import { bootstrapLine, type Privileges } from '../bootstrap-command.js';
import { outputLimit } from '../bounded-output.js';
import { type Connection, type ConnectOptions, connect, forward, type Hop } from './connection.js';
import type { AskSecret } from './credentials.js';
import type { Destination, HostSettings } from './host-settings.js';
import { trustIn } from './host-trust.js';
import { parseKnownHosts } from './known-hosts.js';
import { routeTo } from './route.js';
import { NotBegun, runCommand } from './run-command.js';
import { Slots } from './slots.js';
import type { ConfigurationSource } from './ssh-configuration.js';

/** A machine that is reached by ssh. What is left out comes from the administrator's ssh configuration. */
export interface SshMachine extends Destination, Privileges {
  /** Host keys accepted on this machine when the node was registered, as `ssh-ed25519 SHA256:…`. */
  readonly hostKeys?: readonly string[] | undefined;
  readonly keyFiles?: readonly string[] | undefined;
  /** Hosts to go through, the nearest first. */
  readonly jumps?: readonly string[] | undefined;
}

export interface SshOptions {
  readonly ask: AskSecret;
  readonly configuration?: ConfigurationSource;
  /** Milliseconds. */
  readonly readyTimeout?: number;
  /** Milliseconds. */
  readonly keepalive?: number;
  readonly outputLimit?: number;
}

/** OpenSSH's server takes 10 sessions on one connection (`MaxSessions`); a few are left to whoever shares it. */
const sessionsAtOnce = 8;

interface Route {
  readonly target: Connection;
  end(): void;
}

/** Logs in at the first use, and again when the connection has ended meanwhile. */
export function sshShell(machine: SshMachine, options: SshOptions): Shell {
  const name = `${machine.user === undefined ? '' : `${machine.user}@`}${machine.host}`;
  const ended = new AbortController();
  const slots = new Slots(sessionsAtOnce);
  let opening: Promise<Route> | undefined;
  let shown: string | undefined;

  async function route(signal: AbortSignal): Promise<Route> {
    const kept = opening;
    if (kept !== undefined) {
      const route = await abortable(kept, signal);
      if (route.target.isOpen()) return route;
      route.end();
    }
    // Of several commands that find it ended, the first one makes it again.
    if (opening === undefined || opening === kept) {
      const started = open(machine, options, ended.signal);
      opening = started;
      // Who waits for it is told; a later command tries again.
      started.catch(() => {
        if (opening === started) opening = undefined;
      });
    }
    return await abortable(opening, signal);
  }

  return {
    name,
    hostKey: () => shown,
    async run(bootstrap, document, signal, answerWithin) {
      const command = {
        line: bootstrapLine(bootstrap, machine),
        input: document,
        outputLimit: options.outputLimit ?? outputLimit,
        on: name,
      };
      return await slots.hold(async () => {
        for (let attempt = 1; ; attempt++) {
          const { target } = await route(signal);
          shown = target.hostKey && `${target.hostKey.type} ${target.hostKey.fingerprint}`;
          try {
            return await answered(name, answerWithin, (limit) => runCommand(target.client, command, limit), signal);
          } catch (error) {
            if (!(error instanceof NotBegun)) throw error;
            // A connection that was kept may have ended unnoticed; a fresh one that fails is no accident.
            if (attempt > 1 || target.isOpen()) {
              throw new Failure('unreachable', `${name} runs no command for us: ${error.message}`, { cause: error });
            }
          }
        }
      }, signal);
    },
    async [Symbol.asyncDispose]() {
      ended.abort(new Failure('unreachable', `the connection to ${name} was given up`));
      (await opening?.catch(() => undefined))?.end();
    },
  };
}

async function open(machine: SshMachine, options: SshOptions, signal: AbortSignal): Promise<Route> {
  const connecting: ConnectOptions = {
    readyTimeout: options.readyTimeout ?? 20_000,
    keepalive: options.keepalive ?? 10_000,
    ask: options.ask,
  };
  const hops = await routeTo(machine, machine.jumps, options.configuration ?? {}, signal);
  const connections: Connection[] = [];
  const end = () => {
    for (const connection of connections.toReversed()) connection.end();
  };
  try {
    let before: { connection: Connection; settings: HostSettings } | undefined;
    for (const [i, settings] of hops.entries()) {
      const isTarget = i === hops.length - 1;
      const hop: Hop = {
        settings: isTarget ? { ...settings, keyFiles: machine.keyFiles ?? settings.keyFiles } : settings,
        trust: trustIn(await knownHosts(settings), settings, isTarget ? (machine.hostKeys ?? []) : []),
      };
      const through = before && (await forward(before.connection, settings, before.settings, signal));
      const connection = await connect(hop, through, connecting, signal);
      connections.push(connection);
      before = { connection, settings };
    }
  } catch (error) {
    end();
    throw error;
  }
  return { target: connections.at(-1) as Connection, end };
}

async function knownHosts({ knownHostsFiles }: HostSettings) {
  const texts = await Promise.all(knownHostsFiles.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.flatMap(parseKnownHosts);
}

/** Stops waiting when aborted, and leaves what it waited for alone: others may wait for it too. */
function abortable<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    pending.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
