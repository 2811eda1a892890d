import type { HealthCheck } from '../../load-balancer/balancer.js';

interface Member {
  readonly url: string;
  up: boolean;
  /** Checks in a row that spoke against the state it is in. */
  against: number;
}

/** Servers in turn, of which only those whose checks succeed get requests. None does before its first check. */
export function pool({ fall, rise }: Pick<HealthCheck, 'fall' | 'rise'>) {
  let members: Member[] = [];
  let turn = 0;

  const member = (url: string) => members.find((one) => one.url === url);

  return {
    get urls(): readonly string[] {
      return members.map(({ url }) => url);
    },
    /** Replaces the servers; those that stay keep their state. */
    setUrls(urls: readonly string[]): void {
      members = urls.map((url) => member(url) ?? { url, up: false, against: rise - 1 });
    },
    checked(url: string, succeeded: boolean): void {
      const found = member(url);
      if (found === undefined) return;
      found.against = succeeded === found.up ? 0 : found.against + 1;
      if (found.against < (found.up ? fall : rise)) return;
      found.up = succeeded;
      found.against = 0;
    },
    /** It refused or broke a connection: nothing more is sent there until its checks succeed. */
    failed(url: string): void {
      const found = member(url);
      if (found) Object.assign(found, { up: false, against: 0 });
    },
    choose(tried: readonly string[]): string | undefined {
      const ready = members.filter(({ url, up }) => up && !tried.includes(url));
      turn = (turn + 1) % Number.MAX_SAFE_INTEGER;
      return ready[turn % ready.length]?.url;
    },
  };
}

export type Pool = ReturnType<typeof pool>;
