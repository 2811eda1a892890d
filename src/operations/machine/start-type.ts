import * as z from 'zod/mini';
import type { ServiceName } from './machine.js';

/** Whether a service starts with its machine, only when told to, or not at all. */
export type StartType = 'auto' | 'manual' | 'disabled';

/** As it was found; `native` is what brings exactly that back. */
export interface FoundStartType {
  readonly type: StartType;
  readonly native: string;
}

/** https://www.freedesktop.org/software/systemd/man/latest/systemctl.html#is-enabled%20UNIT… */
const systemd = z.enum([
  ...(['enabled', 'enabled-runtime', 'linked', 'linked-runtime', 'alias', 'masked', 'masked-runtime'] as const),
  ...(['static', 'indirect', 'disabled', 'generated', 'transient'] as const),
]);

/** A restart policy with how often it tries. */
const docker = z.string().check(z.regex(/^(no|always|unless-stopped|on-failure(:\d+)?)$/));

/** The number of Windows, and whether it is delayed. */
const windows = z.enum(['2.0', '2.1', '3.0', '3.1', '4.0', '4.1']);

const schemas = { systemd, docker, windows };

/** Rejects what the manager does not say of a service that octo-ha can bring back. */
export function parseStartType(manager: ServiceName['manager'], text: string): FoundStartType {
  const native = schemas[manager].parse(text.trim());
  return { native, type: typeOf(manager, native) };
}

function typeOf(manager: ServiceName['manager'], native: string): StartType {
  switch (manager) {
    case 'systemd':
      return native.startsWith('enabled') ? 'auto' : native.startsWith('masked') ? 'disabled' : 'manual';
    case 'docker':
      return native === 'no' ? 'manual' : 'auto';
    case 'windows':
      return ({ 2: 'auto', 3: 'manual', 4: 'disabled' } as const)[native[0] as '2' | '3' | '4'];
    default:
      return manager satisfies never;
  }
}
