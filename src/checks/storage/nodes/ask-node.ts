import { Failure } from '../../../errors.js';
import type { Shell } from '../../../ports/shell.js';
import { posixProbe } from './posix-probe.js';
import { powershellProbe, probeProgramInBase64 } from './powershell-probe.js';
import { encodeRequest, type ProbeAnswer, type ProbeRequest, parseProbeAnswer } from './protocol.js';

/** A node, and the shared folder as it knows it. */
export interface StorageNode {
  readonly name: string;
  /** `undefined` where octo-ha knows no way to its machine. */
  readonly shell: Shell | undefined;
  readonly language: 'sh' | 'powershell';
  readonly path: string;
  /** What runs Octopus Server there, under the account that is to look. */
  readonly service?: { readonly manager: 'systemd' | 'docker' | 'windows'; readonly name: string } | undefined;
  /** Of that account, on Windows, where it is neither one of the system's own nor managed. */
  readonly password?: string | undefined;
}

/** What a node said, or why it said nothing. */
export type NodeAnswer = ProbeAnswer | { readonly state: 'unasked'; readonly because: string };

export type Question = Pick<ProbeRequest, 'verb' | 'folder' | 'file' | 'text' | 'seconds'>;

/** Rejects only with `signal.reason`, and for a bug. */
export async function askNode(node: StorageNode, question: Question, signal: AbortSignal): Promise<NodeAnswer> {
  const { shell, service, password, path, name } = node;
  if (shell === undefined) return { state: 'unasked', because: `octo-ha knows no way to the machine of ${name}` };
  const onWindows = node.language === 'powershell';
  const request: ProbeRequest = {
    ...question,
    path,
    manager: service?.manager,
    service: service?.name,
    ...(onWindows ? { password, program: probeProgramInBase64 } : {}),
  };
  try {
    const document = encodeRequest(request);
    const { stdout, stderr, exitCode } = await shell.run(onWindows ? powershellProbe : posixProbe, document, signal);
    const answer = parseProbeAnswer(stdout);
    if (answer !== undefined) return answer;
    const printed = (stderr || stdout).trim().slice(0, 300);
    return { state: 'unasked', because: `${name} gave no answer (exit code ${exitCode}): ${printed}` };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    return { state: 'unasked', because: error.message };
  }
}
