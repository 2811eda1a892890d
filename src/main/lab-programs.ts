import { fileURLToPath } from 'node:url';
import type { LabHost } from '../lab/host.js';

/**
 * How the lab's own programs are started, seen from the module at `main`: bundled ones stand beside it, and from source
 * they are run as they are.
 */
export function labPrograms(main: string): LabHost['programs'] {
  const program = (name: string, ...flags: readonly string[]) => {
    const args = main.endsWith('.ts')
      ? ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL(`lab/entry/${name}.ts`, main))]
      : [fileURLToPath(new URL(`lab/${name}.js`, main))];
    return { file: process.execPath, args: [...flags, ...args] };
  };
  // Little is alive at any time, so little memory has to be set aside for it.
  const small = '--max-semi-space-size=1';
  return {
    node: program('node', small),
    balancer: program('balancer', small),
    machines: program('machines', small),
    'machine-command': program('machine-command'),
  };
}
