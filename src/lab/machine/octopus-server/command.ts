import type { Clock } from '../../../ports/clock.js';
import type { OctopusDatabase } from '../../octopus-database.js';
import type { LabRecord } from '../../record.js';
import type { Instance, MachineDisk } from '../disk.js';
import type { NodeService } from '../node-service.js';
import type { FlagKinds, Flags } from './flags.js';

/** A machine as Octopus Server's command line sees it. */
export interface OctopusMachine {
  readonly name: string;
  readonly disk: MachineDisk;
  readonly service: NodeService;
  readonly clock: Clock;
  readonly record: LabRecord;
  /** The connection string of the lab's database, which is the only one there is. */
  readonly connectionString: string;
  openDatabase(): OctopusDatabase;
}

/** Answers with what it prints; what is refused is thrown as a `Complaint`. */
export interface ServerCommand {
  readonly flags: FlagKinds;
  run(flags: Flags, machine: OctopusMachine, signal: AbortSignal): Promise<string>;
}

/** A command of an instance that has to be there. */
export interface InstanceCommand {
  readonly flags: FlagKinds;
  run(flags: Flags, machine: OctopusMachine & { readonly instance: Instance }, signal: AbortSignal): Promise<string>;
}
