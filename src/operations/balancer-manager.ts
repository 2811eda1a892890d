import { Failure } from '../errors.js';
import { apacheBalancer } from '../load-balancer/apache.js';
import type { BalancedNode } from '../load-balancer/balancer.js';
import { authority, endpointOf } from '../load-balancer/endpoint.js';
import type { Http } from '../ports/http.js';

interface Page {
  readonly nonce: string;
  /** By their addresses, as Apache writes them. */
  readonly members: ReadonlyMap<string, { readonly draining: boolean }>;
}

/**
 * Sets a member to drain in Apache's balancer-manager, or takes that back, and reads it again from the page. A member
 * that drains gets no new requests and ends those it has. A restart of Apache forgets it, unless BalancerPersist is on:
 * then the node's own 418 counts again. https://httpd.apache.org/docs/2.4/mod/mod_proxy_balancer.html#balancer_manager
 */
export async function setApacheMember(
  { http, timeout }: { readonly http: Http; readonly timeout: number },
  {
    balancerManager,
    balancer = apacheBalancer,
  }: { readonly balancerManager: string; readonly balancer?: string | undefined },
  { node, draining }: { readonly node: BalancedNode; readonly draining: boolean },
  signal: AbortSignal,
): Promise<string> {
  const { secure, host, port } = endpointOf(node);
  const member = `${secure ? 'https' : 'http'}://${authority({ host, port })}`;
  const look = async (): Promise<Page> => {
    const { status, body } = await http.send({ url: balancerManager, timeout }, signal);
    if (status !== 200) throw new Failure('failed', `${balancerManager} answered ${status}`);
    return pageOf(body, balancer);
  };
  const before = await look();
  const [worker] = [...before.members.keys()].filter((url) => sameAddress(url, member));
  if (worker === undefined) {
    const there = [...before.members.keys()].join(', ') || 'none';
    throw new Failure('failed', `${balancerManager} has no member ${member} in the balancer ${balancer}: ${there}`);
  }
  if (before.members.get(worker)?.draining !== draining) {
    const form = new URLSearchParams({ b: balancer, w: worker, nonce: before.nonce, w_status_N: draining ? '1' : '0' });
    const { status } = await http.send(
      {
        url: balancerManager,
        method: 'POST',
        body: form.toString(),
        // Apache takes no change that does not come from its own page.
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', Referer: balancerManager },
        timeout,
      },
      signal,
    );
    const after = status === 200 ? (await look()).members.get(worker)?.draining : undefined;
    if (after !== draining)
      throw new Failure('failed', `${balancerManager} does not show ${worker} as ${word(draining)}`);
  }
  return `Apache has ${worker} as ${word(draining)}`;
}

const word = (draining: boolean): string => (draining ? 'draining' : 'in use');

/** Apache leaves out a scheme's own port. */
function sameAddress(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}

/** Reads the page for people: a row for each member, with a link to it, and flags in the column named Status. */
export function pageOf(html: string, balancer: string): Page {
  const nonce = /[?&;]nonce=([0-9a-f-]{36})/.exec(html)?.[1];
  if (nonce === undefined) throw new Failure('failed', 'the page is no balancer-manager that can be changed');
  const members = new Map<string, { draining: boolean }>();
  let status = -1;
  for (const row of html.split('<tr>').slice(1)) {
    const titles = cells(row, 'th');
    if (titles.length > 0) status = titles.indexOf('Status');
    const link = new URLSearchParams(/href="[^"]*\?([^"]*)"/.exec(row)?.[1]?.replaceAll('&amp;', '&'));
    const worker = link.get('w');
    if (link.get('b') !== balancer || worker === null) continue;
    members.set(worker, { draining: /\bDrn\b/.test(cells(row, 'td')[status] ?? '') });
  }
  return { nonce, members };
}

const cells = (row: string, tag: 'td' | 'th'): readonly string[] =>
  [...row.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))].map(([, text = '']) => text);
