/** How the machine of a node is reached, and under which name it knows Octopus Server. Kept with the cluster. */
export interface MachineAddress {
  readonly host: string;
  readonly port?: number | undefined;
  /** What starts and stops Octopus Server there. */
  readonly manager: 'systemd' | 'windows' | 'docker';
  /** The service's or container's name. */
  readonly service: string;
  /** The name of the Octopus Server instance. */
  readonly instance: string;
  /** Host keys accepted at registration, as `ssh-ed25519 SHA256:…`. They count beside one known on this machine only. */
  readonly hostKeys: readonly string[];
}

/** The same service of the same machine: no two nodes are that. */
export const isSameService = (one: MachineAddress, other: MachineAddress): boolean =>
  one.host.toLowerCase() === other.host.toLowerCase() &&
  (one.port ?? 22) === (other.port ?? 22) &&
  one.manager === other.manager &&
  one.service.toLowerCase() === other.service.toLowerCase();
