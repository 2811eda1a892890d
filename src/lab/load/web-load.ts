import type { Clock } from '../../ports/clock.js';
import type { Http, HttpRequest } from '../../ports/http.js';
import { histogram } from './histogram.js';

export interface WebResult {
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  /** How many failed for which reason: `503`, `connection reset`. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Milliseconds from the moment a request was due until its whole answer was there. */
  readonly latency: { readonly p50: number | null; readonly p99: number | null };
  /** Answers by the node that gave them. */
  readonly nodes: Readonly<Record<string, number>>;
}

export interface WebLoadOptions {
  readonly web: Http;
  readonly clock: Clock;
  /** Base addresses that are asked in turn: the balancer's, or those of the nodes. */
  readonly urls: readonly string[];
  /** Requests a second. */
  readonly rate: number;
}

const tick = 5;
const timeout = 30_000;

/** Ordinary work of a portal: mostly pages and the API, and now and then something that is sent. */
const requests: readonly Omit<HttpRequest, 'url' | 'timeout'>[] = [
  ...Array.from({ length: 9 }, () => ({})),
  { method: 'POST', body: 'x'.repeat(1_000), headers: { 'Content-Type': 'text/plain' } },
];
const paths = ['/app', '/api', '/api/serverstatus/hosted/internal'];

/**
 * Sends requests at a constant rate until `stop` aborts, however slowly they are answered, and waits for the last
 * answers. Everything but 2xx and 3xx is a failure, and nothing is tried twice.
 */
export async function loadWeb({ web, clock, urls, rate }: WebLoadOptions, stop: AbortSignal): Promise<WebResult> {
  const times = histogram();
  const reasons = new Map<string, number>();
  const nodes = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  let sent = 0;
  let ok = 0;

  async function ask(number: number, due: number): Promise<void> {
    const url = new URL(paths[number % paths.length] ?? '/', urls[number % urls.length]).href;
    try {
      const { status, headers } = await web.send({ ...requests[number % requests.length], url, timeout }, endless());
      times.add(clock.now() - due);
      count(nodes, headers['octopus-node'] ?? 'not a node');
      if (status >= 200 && status < 400) ok++;
      else count(reasons, String(status));
    } catch (error) {
      count(reasons, (error as Error).message);
    }
  }

  const start = clock.now();
  while (!stop.aborted) {
    for (; sent / rate <= (clock.now() - start) / 1_000; sent++) {
      const asked = ask(sent, start + (sent / rate) * 1_000);
      underWay.add(asked);
      void asked.then(() => underWay.delete(asked));
    }
    await clock.sleep(tick, stop).catch(() => {});
  }
  await Promise.all(underWay);
  return {
    sent,
    ok,
    failed: sent - ok,
    reasons: sorted(reasons),
    latency: { p50: times.percentile(0.5), p99: times.percentile(0.99) },
    nodes: sorted(nodes),
  };
}

/** One for each request: a signal that many listen to at once looks like a leak. */
const endless = (): AbortSignal => new AbortController().signal;

const count = (counts: Map<string, number>, what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);

const sorted = (counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
