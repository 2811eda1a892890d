import type { RunningServer } from './http-server.js';

/** Which server gets a request. */
export interface Upstreams {
  /** The base address of a server that was not tried for this request yet; `undefined` when there is none. */
  choose(tried: readonly string[]): string | undefined;
  /** It could not be reached, or ended before it answered. */
  failed(url: string): void;
}

/** Passes requests on to other servers. */
export interface ReverseProxy {
  /** Repeats a request on another server only where that is safe: nothing was answered, and nothing can be done twice. */
  listen(port: number, upstreams: Upstreams): Promise<RunningServer>;
}
