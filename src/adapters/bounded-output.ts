/** What a program has printed, up to a number of bytes for both its streams together. */
export class BoundedOutput {
  readonly #limit: number;
  readonly #chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `false` when that is too much; it is then not kept. */
  add(stream: 'stdout' | 'stderr', chunk: Buffer): boolean {
    this.#size += chunk.length;
    if (this.#size > this.#limit) return false;
    this.#chunks[stream].push(chunk);
    return true;
  }

  text(): { readonly stdout: string; readonly stderr: string } {
    const decoded = (stream: 'stdout' | 'stderr') => Buffer.concat(this.#chunks[stream]).toString('utf8');
    return { stdout: decoded('stdout'), stderr: decoded('stderr') };
  }
}

/** Bytes of output that a shell keeps where nothing else is said. Bootstraps print thousandths of that. */
export const outputLimit = 16 * 1024 * 1024;
