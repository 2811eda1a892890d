import { readFile } from 'node:fs/promises';

/**
 * Milliseconds since the start of the machine in which something that could run had no processor, as Linux counts them;
 * 0 where nobody counts. https://docs.kernel.org/accounting/psi.html
 */
export async function processorPressure(): Promise<number> {
  const text = await readFile('/proc/pressure/cpu', 'utf8').catch(() => '');
  return Number(/^some .*\btotal=(\d+)/m.exec(text)?.[1] ?? 0) / 1_000;
}
