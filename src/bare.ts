import { configurationFile } from './adapters/configuration-file.js';

/**
 * Whether this machine knows a cluster, for `octo-ha` alone: asked before anything else is loaded. A file that cannot be
 * read counts, so that what is wrong with it is told.
 */
export async function knowsCluster(): Promise<boolean> {
  if ((process.env['OCTO_HA_DATABASE'] ?? '') !== '') return true;
  const named = process.env['OCTO_HA_CONFIG'];
  try {
    const text = await configurationFile(named === '' ? undefined : named).read();
    return text.split('\n').some((line) => !/^\s*(#|$)/.test(line));
  } catch {
    return true;
  }
}
