/**
 * A program that is the same in every call: whatever differs is in the document that it reads from its standard input.
 * `sh` is POSIX, `powershell` is Windows PowerShell 5.1, of fewer than 3,000 characters in ASCII.
 */
export interface Bootstrap {
  readonly language: 'sh' | 'powershell';
  readonly script: string;
}

export interface Finished {
  /** As shells count: 128 and more where a signal ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs bootstraps on one machine, several at once if asked to. A non-zero exit is an answer.
 *
 * Rejects with a `Failure` of kind `unreachable` when the machine cannot be reached or logged in to, of kind `refused`
 * when its host key is not the one that is known, and of kind `unknown` when contact was lost, or more was printed than
 * is kept, or `answerWithin` milliseconds were over, once the bootstrap may have begun. Rejects with `signal.reason`
 * when aborted; what was begun may then go on.
 */
export interface Shell extends AsyncDisposable {
  /** In words, for messages: `octo@web-1`. */
  readonly name: string;
  /** The host key that was shown and trusted, as `ssh-ed25519 SHA256:…`; none before the first use, or without ssh. */
  hostKey?(): string | undefined;
  /** `document` is JSON text. The time to reach the machine, and to ask somebody, is not counted. */
  run(bootstrap: Bootstrap, document: string, signal: AbortSignal, answerWithin?: number): Promise<Finished>;
}
