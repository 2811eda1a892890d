import type { Clock } from '../ports/clock.js';
import type { Folder } from '../ports/folder.js';
import type { Ports } from '../ports/free-ports.js';
import type { Http } from '../ports/http.js';
import type { Processes, Program } from '../ports/processes.js';
import type { OctopusDatabase } from './octopus-database.js';

/** The machine that a lab is on, as the lab uses it. */
export interface LabHost {
  /** The lab's own directory. */
  readonly home: Folder;
  readonly processes: Processes;
  readonly ports: Ports;
  readonly http: Http;
  readonly clock: Clock;
  /** How the lab's own programs are started; the path of a settings file is their last word. */
  readonly programs: Readonly<Record<'node' | 'balancer', Program>>;
  /** The whole path of a program; `undefined` where it is not installed. */
  findProgram(name: string): Promise<string | undefined>;
  openDatabase(directory: string, options: { readonly create: boolean }): OctopusDatabase;
  /** A client that keeps its connections and repeats nothing. */
  openWeb(): Http & AsyncDisposable;
  newId(): string;
  /** Between 0 and 1. */
  random(): number;
}
