import { Failure } from '../errors.js';
import type { BalancedNode, BalancerFormat, BalancerProduct, Plan, Wish } from './balancer.js';
import { planOf, type SiteWishes } from './site.js';
import { commentText } from './words.js';

export interface RenderOptions {
  /** The product's first format when it is left out. */
  readonly format?: string | undefined;
  /** The command that makes it; it stands in the header. */
  readonly origin: string;
}

/**
 * The text of a product's configuration, the same for the same nodes and wishes: it holds no time and no order of
 * chance, so that two texts differ only where the cluster does. Rejects what the product cannot do, by name.
 */
export function renderBalancer(
  product: BalancerProduct,
  nodes: readonly BalancedNode[],
  wishes: SiteWishes,
  { format, origin }: RenderOptions,
): string {
  const chosen = formatOf(product, format);
  const plan = planOf(nodes, wishes, origin);
  refuseOtherNames(product, plan);
  refuseWhatCannotBe(product.title, { ...product.cannot, ...chosen.cannot }, plan, wishes);
  return [...header(product, chosen, plan), ...chosen.body(plan), ''].join('\n');
}

export function formatOf({ title, formats }: BalancerProduct, wanted: string | undefined): BalancerFormat {
  const [usual] = formats;
  const found = wanted === undefined ? usual : formats.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  throw new Failure('usage', `${wanted} is no format for ${title}`, {
    hint: `There is: ${formats.map(({ name }) => name).join(', ')}`,
  });
}

function header({ limits }: BalancerProduct, { comment }: BalancerFormat, { origin }: Plan): readonly string[] {
  if (comment === null) return [];
  const lines = [
    `made by octo-ha: ${origin}`,
    'From the registered nodes: render it again rather than editing it.',
    ...limits.flatMap((limit) => wrapped(`- ${limit}`)),
  ];
  return [...lines.map((line) => `${comment} ${commentText(line)}`), ''];
}

/** Lines of a comment, at most 110 characters long. */
function wrapped(text: string): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1] ?? '';
    const longer = last === '' ? word : `${last} ${word}`;
    if (longer.length <= 110 || last === '') lines[lines.length - 1] = longer;
    else lines.push(`  ${word}`);
  }
  return lines;
}

function refuseOtherNames({ title, names = {} }: BalancerProduct, { portal, ca }: Plan): void {
  for (const [option, value] of [
    ['cert', portal?.tls?.certificate],
    ['ca', ca],
  ] as const) {
    const naming = names[option];
    if (naming === undefined || value === undefined || naming.pattern.test(value)) continue;
    throw new Failure(
      'usage',
      `${title} takes no file for --${option}, and ${JSON.stringify(value)} is no name of it`,
      {
        hint: `Write it like ${naming.example}.`,
      },
    );
  }
}

const wishText: Readonly<Record<Wish, string>> = {
  certificate: 'end TLS',
  key: 'take the key from a file of its own',
  'pass-through': 'pass TLS through to the nodes',
  streams: 'pass TCP connections through',
  'several ports': 'listen on several ports for polling Tentacles',
  ca: "take a file with the authorities of the nodes' certificates",
  'backend name': "check the nodes' certificates for another name",
  'host header': 'replace the Host header',
  'proxy protocol': 'read the PROXY protocol',
  'nodes of http and https': 'mix nodes of http and of https',
  'listening address': 'listen on one address only',
  socket: 'have a socket for a runtime API',
  manager: 'have a balancer-manager',
};

function refuseWhatCannotBe(
  title: string,
  cannot: BalancerProduct['cannot'],
  plan: Plan,
  { passThrough }: SiteWishes,
): void {
  const { portal, streams, ca, backendName, hostHeader, proxiesInFront, socket, manager } = plan;
  const others = streams.filter(({ name }) => name !== 'portal');
  const wanted: Readonly<Record<Wish, boolean>> = {
    certificate: portal?.tls !== undefined,
    key: portal?.tls?.key !== undefined,
    'pass-through': passThrough === true,
    streams: others.length > 0,
    'several ports': others.length > 1,
    ca: ca !== undefined,
    'backend name': backendName !== undefined,
    'host header': hostHeader !== undefined,
    'proxy protocol': proxiesInFront.length > 0,
    'nodes of http and https': new Set(portal?.members.map(({ secure }) => secure)).size > 1,
    'listening address': portal !== undefined && portal.address !== '*',
    socket: socket !== undefined,
    manager,
  };
  for (const [wish, reason] of Object.entries(cannot) as [Wish, string][]) {
    if (wanted[wish]) throw new Failure('usage', `${title} cannot ${wishText[wish]}: ${reason}`);
  }
}
