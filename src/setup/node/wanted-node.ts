import type { MachineAddress } from '../../cluster/machine-address.js';

/** A node as it is wanted. */
export interface WantedNode {
  readonly name: string;
  readonly address: MachineAddress;
  /** Its own web address, where its ping is asked. */
  readonly url: string | undefined;
  /** How many tasks it is to run at once. */
  readonly cap: number;
  /** What Octopus Server listens to there; left to it where nobody says. */
  readonly webListenPrefixes: string | undefined;
  readonly commsListenPort: number | undefined;
  /** The account of its service on Windows; the system's own where it is left out. */
  readonly account: string | undefined;
}

/** What a node is told when it joins. None of it is written anywhere by octo-ha. */
export interface JoinSecrets {
  readonly masterKey: string;
  /** The connection string as the node is to use it, with the password where it has one. */
  readonly connection: string;
  readonly connectionPassword: string | undefined;
  readonly accountPassword: string | undefined;
}

/** The Id that Octopus gives to a node; the journal names the node by it before it is registered. */
export const expectedId = (name: string): string => `OctopusServerNodes-${name}`;
