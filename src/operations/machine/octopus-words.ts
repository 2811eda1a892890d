import type { Machine } from './machine.js';

/** Where Octopus Server is installed by default. */
const programs = {
  windows: 'C:\\Program Files\\Octopus Deploy\\Octopus\\Octopus.Server.exe',
  systemd: '/Octopus/Octopus.Server',
  docker: '/Octopus/Octopus.Server',
} as const;

/** The words that begin a command line of Octopus Server on this machine; `program` is where it is, if elsewhere. */
export function octopusWords(
  { service: { manager, name } }: Pick<Machine, 'service'>,
  program: string | undefined,
): readonly string[] {
  const found = program ?? programs[manager];
  return manager === 'docker' ? ['docker', 'exec', name, found] : [found];
}
