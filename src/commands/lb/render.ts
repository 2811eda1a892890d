import { Failure } from '../../errors.js';
import { balancers } from '../../load-balancer/index.js';
import type { SiteWishes } from '../../load-balancer/site.js';
import { balancedNodes } from '../../operations/balanced-nodes.js';
import { type Rendered, renderFor } from '../../operations/balancer.js';
import { unifiedDiff } from '../../render/unified-diff.js';
import { harmlessLines } from '../../render/visible.js';
import { command } from '../command.js';
import { duration, flag, list, optionalChoice, optionalWhole, size, text } from '../options.js';

const wishes = {
  host: text('NAME', 'the name that people type'),
  listen: text('ADDRESS:PORT', 'where it listens (default *:443 with a certificate, else *:80)'),
  cert: text('FILE', "the certificate's chain in PEM, or what the product calls it"),
  key: text('FILE', 'its key, where it is in a file of its own'),
  passThrough: flag('let the nodes end TLS: requests cannot be read then'),
  ca: text('FILE', "the authorities of the nodes' certificates (default: the system's)"),
  backendName: text('NAME', "the name in every node's certificate, where they share one"),
  hostHeader: text('NAME', 'sent to the nodes in place of the Host that was asked for'),
  maxBody: size('the largest upload (default 5GB)'),
  requestTimeout: duration(undefined, 'the longest that a request may be silent (default 20m)'),
  proxiesInFront: list('NETWORK', 'balancers in front that speak the PROXY protocol'),
  polling: flag('pass 10943 through to any node, for multi-node polling'),
  pollingPorts: list('NODE=PORT', 'a port for each polled node; NODE=PORT:PORT if it listens elsewhere'),
  grpc: flag('pass 8443 through, for Kubernetes monitors'),
  webNodes: optionalChoice(['all', 'task', 'ui-only'], 'which nodes serve the portal (default all)'),
  without: list('NODE', 'leave this node out'),
  targets: list('NODE=WHAT', 'an address or instance, where a cloud takes no host name'),
  interval: duration(undefined, 'between two checks of a node (default 2s)'),
  fall: optionalWhole({ least: 1, most: 100 }, 'failed checks that take a node out (default 2)'),
  rise: optionalWhole({ least: 1, most: 100 }, 'passed checks that bring it back (default 2)'),
  checkTimeout: duration(undefined, 'for one check (default 5s)'),
  socket: text('PATH', "HAProxy's socket for its runtime API"),
  manager: flag("Apache's balancer-manager, for its own machine"),
};

export const lbRender = command({
  name: 'lb render',
  summary: "Write the load balancer's configuration for the registered nodes",
  description:
    `Types: ${[...balancers.keys()].join(', ')}. What is left out comes from lb in the context file. The text is the ` +
    'same for the same cluster, so that --diff shows what has changed: exit 0 when the file is as it should be, 4 when ' +
    'it differs.',
  args: [],
  options: {
    type: text('TYPE', 'the product'),
    format: text('FORMAT', 'as3|tmsh, terraform|cloudformation, nginx.conf|conf.d, dynamic|static'),
    file: text('FILE', 'write it there, if it differs; without it, it is printed'),
    diff: flag('show what would change in the file, and write nothing'),
    ...wishes,
  },
  examples: [
    ['octo-ha lb render --type haproxy --cert /etc/haproxy/octopus.pem', 'Printed.'],
    ['octo-ha lb render --type nginx --file /etc/nginx/nginx.conf --diff', 'What would change.'],
    ['octo-ha lb render --type f5 --format tmsh > octopus.tmsh', 'For the people of the network.'],
  ],
  async run(input, { balancer, balancerPorts, cluster, globals, terminal, signal }) {
    const [known, { files }] = await Promise.all([balancer(), balancerPorts()]);
    const type = input.type ?? known?.type;
    if (type === undefined) {
      throw new Failure('usage', 'the type of the load balancer is not known', {
        hint: `Name it with --type, or as lb.type in the context file: ${[...balancers.keys()].join(', ')}`,
      });
    }
    const same = type === known?.type;
    const format = input.format ?? (same ? known.format : undefined);
    const wanted = { ...(same ? known.wishes : undefined), ...wishesIn(input) };
    const nodes = await balancedNodes(await cluster(), wanted, signal);
    const rendered = renderFor({ type, format, wishes: wanted }, nodes);
    const file = input.file ?? (same && input.diff ? known.file : undefined);
    const before = file === undefined ? undefined : await files.read(file);

    if (input.diff) {
      if (file === undefined) throw new Failure('usage', '--diff needs a file', { hint: 'Name it with --file.' });
      const diff = unifiedDiff(before ?? '', rendered.text, { from: file, to: 'rendered' });
      if (diff === '') return { json: json(rendered, { file, changed: false }), text: `${file} is as it should be` };
      if (globals.output === 'text') terminal.result(harmlessLines(diff));
      throw new Failure('unhealthy', `${file} differs from what is rendered`, { details: { file, diff } });
    }

    if (rendered.format.comment === null) for (const limit of rendered.product.limits) terminal.say(limit);
    if (file === undefined) {
      return { json: json(rendered, { file: null, changed: null }), text: rendered.text.trimEnd(), paged: true };
    }
    const changed = before !== rendered.text;
    if (changed && !globals.dryRun) await files.replace(file, rendered.text);
    const done = globals.dryRun ? `would change ${file}` : `wrote ${file}`;
    if (changed) tellWhatFollows(rendered, file, terminal.say);
    return {
      json: json(rendered, { file, changed }),
      text: changed ? done : `${file} is as it should be`,
      names: [file],
    };
  },
});

/** What was said on the command line; what was not comes from the context. */
function wishesIn(input: { readonly [Wish in keyof typeof wishes]: SiteWishes[Wish] }): SiteWishes {
  const said = (value: unknown) =>
    value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(
    Object.keys(wishes).flatMap((key) => {
      const value = input[key as keyof typeof wishes];
      return said(value) ? [[key, value]] : [];
    }),
  );
}

function tellWhatFollows({ product }: Rendered, file: string, say: (text: string) => void): void {
  const steps = [product.test?.(file), product.reload].filter((words) => words !== undefined);
  if (steps.length > 0) say(`to use it: ${steps.map((words) => words.join(' ')).join(' && ')}`);
}

const json = (
  { product, format, text, timing }: Rendered,
  { file, changed }: { readonly file: string | null; readonly changed: boolean | null },
) => ({
  type: product.name,
  format: format.name,
  file,
  changed,
  text,
  limits: product.limits,
  noticesDrain: product.noticesDrain,
  outAfterMs: timing.outAfter,
  inAfterMs: timing.inAfter,
});
