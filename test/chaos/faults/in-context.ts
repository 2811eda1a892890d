import { parse, stringify } from 'yaml';
import type { FaultLab, Undo } from '../../support/chaos/fault-lab.js';

/** What is said of the context in its file. */
export async function inContext(lab: FaultLab, more: Readonly<Record<string, unknown>>): Promise<Undo> {
  return await lab.rewrite(lab.cli.env['OCTO_HA_CONFIG'] ?? '', (text) => {
    const { contexts, ...rest } = parse(text) as { readonly contexts: { readonly lab: object } };
    return stringify({ ...rest, contexts: { ...contexts, lab: { ...contexts.lab, ...more } } });
  });
}
