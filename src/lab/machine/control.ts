import * as z from 'zod/mini';
import { Failure } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import type { Folder } from '../../ports/folder.js';
import type { Http } from '../../ports/http.js';
import { labPaths } from '../record.js';
import type { Said } from './systemctl.js';

/** Where the process of the machines is asked, and what shows that one may; readable by the lab's owner only. */
export const controlFile = `${labPaths.run}/control.json`;

const control = z.object({ port: z.number(), token: z.string() });

export type Control = z.infer<typeof control>;

const said = z.object({ exitCode: z.number(), stdout: z.string(), stderr: z.string() });

/** A call of a program on one of the machines. */
export const call = z.object({ machine: z.string(), program: z.string(), argv: z.array(z.string()) });

export type Call = z.infer<typeof call>;

const synced = z.object({ taken: z.array(z.number()) });

export interface Asking {
  readonly home: Folder;
  readonly http: Http;
}

/** A node may wait for its tasks for as long as it is told to. */
const day = 24 * 60 * 60_000;

export const callOnMachine = async (asking: Asking, asked: Call, signal: AbortSignal): Promise<Said> =>
  said.parse(await ask(asking, 'run', asked, day, signal));

/** The same for the lab itself, which leaves no trace on the machine. */
export const callForLab = async (asking: Asking, asked: Call, signal: AbortSignal): Promise<Said> =>
  said.parse(await ask(asking, 'lab', asked, day, signal));

/**
 * Has the machines be as the record says, and waits until they are. Answers with the ports that somebody else has
 * taken.
 */
export async function syncMachines(asking: Asking, clock: Clock, within: number, signal: AbortSignal) {
  for (const until = clock.now() + within; ; await clock.sleep(25, signal)) {
    try {
      return synced.parse(await ask(asking, 'sync', {}, within, signal)).taken;
    } catch (error) {
      const isStarting = error instanceof Failure && error.kind === 'unreachable' && clock.now() < until;
      if (!isStarting) throw error;
    }
  }
}

async function ask({ home, http }: Asking, what: string, body: unknown, timeout: number, signal: AbortSignal) {
  const text = await home.read(controlFile);
  if (text === undefined) throw new Failure('unreachable', 'the machines of the lab are not running');
  const { port, token } = control.parse(JSON.parse(text));
  const { status, body: answer } = await http.send(
    {
      url: `http://127.0.0.1:${port}/${what}`,
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      timeout,
    },
    signal,
  );
  if (status === 200) return JSON.parse(answer) as unknown;
  throw new Failure('failed', `the machines of the lab answered ${status}: ${answer.slice(0, 300)}`);
}
