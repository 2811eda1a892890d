export interface HttpRequest {
  readonly url: string;
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /**
   * Bytes that the request says will follow, and that are never sent: the answer is what its head alone brings, 100
   * where the body is asked for, and has no body itself. Not beside `body`.
   */
  readonly announces?: number;
  /** PEM text of the authorities to trust besides the system's. */
  readonly ca?: string;
  /** Milliseconds for the whole exchange. */
  readonly timeout: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Asks a node, or the load balancer. Any status is an answer and redirects are not followed; what rejects is a
 * `Failure` of kind `unreachable`, or `signal.reason`. Whatever may change something and may have arrived, but got no
 * answer, rejects with a `Failure` of kind `unknown`.
 */
export interface Http {
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
}
