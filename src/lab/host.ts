import type { Clock } from '../ports/clock.js';
import type { Folder } from '../ports/folder.js';
import type { Ports } from '../ports/free-ports.js';
import type { Http } from '../ports/http.js';
import type { Processes, Program } from '../ports/processes.js';
import type { SshKey } from '../ports/ssh-server.js';
import type { OctopusDatabase } from './octopus-database.js';

/** The machine that a lab is on, as the lab uses it. */
export interface LabHost {
  /** The lab's own directory. */
  readonly home: Folder;
  readonly processes: Processes;
  readonly ports: Ports;
  readonly http: Http;
  readonly clock: Clock;
  /**
   * How the lab's own programs are started. The path of a settings file is their last word, but for what stands for
   * programs on the machines.
   */
  readonly programs: Readonly<Record<'node' | 'balancer' | 'machines' | 'machine-command', Program>>;
  /** The whole path of a program; `undefined` where it is not installed. */
  findProgram(name: string): Promise<string | undefined>;
  openDatabase(directory: string, options: { readonly create: boolean }): OctopusDatabase;
  /** A client that keeps its connections and repeats nothing. */
  openWeb(): Http & AsyncDisposable;
  newSshKey(): Promise<SshKey>;
  newId(): string;
  /** Random bytes, in base64. */
  newSecret(bytes: number): string;
  /** Between 0 and 1. */
  random(): number;
}
