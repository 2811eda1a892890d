import type { HealthCheck } from '../../load-balancer/balancer.js';
import { pingPath } from '../../load-balancer/balancer.js';
import type { Clock } from '../../ports/clock.js';
import type { Http } from '../../ports/http.js';
import type { Pool } from './pool.js';

export interface CheckOptions {
  readonly http: Http;
  readonly clock: Clock;
  readonly health: HealthCheck;
}

/** Asks every server's ping again and again. Only 200 is a success. */
export async function keepChecking(servers: Pool, { http, clock, health }: CheckOptions, signal: AbortSignal) {
  while (!signal.aborted) {
    await Promise.all(servers.urls.map((url) => check(url)));
    await clock.sleep(health.interval, signal).catch(() => {});
  }

  async function check(url: string): Promise<void> {
    const answer = await http
      .send({ url: new URL(pingPath, url).href, timeout: health.timeout }, signal)
      .catch(() => undefined);
    if (!signal.aborted) servers.checked(url, answer?.status === 200);
  }
}
