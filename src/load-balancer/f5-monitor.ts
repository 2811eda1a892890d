import type { Plan } from './balancer.js';
import { seconds } from './words.js';

export interface F5Monitor {
  /** Lines of the request, without their ends. */
  readonly send: readonly string[];
  readonly receive: string;
  /** An answer that takes a member out for new requests and lets those under way end. */
  readonly receiveDisable: string;
  /** Seconds. */
  readonly interval: number;
  /** Seconds without a good answer until a member is down. */
  readonly timeout: number;
  /** Seconds of good answers until a member is up. */
  readonly timeUntilUp: number;
}

/** https://techdocs.f5.com/en-us/bigip-15-1-0/big-ip-local-traffic-manager-monitors-reference.html */
export function f5Monitor({ health, ping, checkHost }: Plan): F5Monitor {
  const interval = seconds(health.interval);
  return {
    send: [`GET ${ping} HTTP/1.1`, `Host: ${checkHost}`, 'Connection: close', '', ''],
    receive: '^HTTP/1.[01] 200',
    receiveDisable: '^HTTP/1.[01] 418',
    interval,
    timeout: health.fall * interval + 1,
    timeUntilUp: (health.rise - 1) * interval,
  };
}
