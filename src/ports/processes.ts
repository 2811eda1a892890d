/** A program and its words. */
export interface Program {
  /** Its whole path. */
  readonly file: string;
  readonly args: readonly string[];
}

/** A process, told from every other one, also from a later one with the same number. */
export interface RunningProcess {
  readonly pid: number;
  /** When it was started, in the words of the operating system. */
  readonly started: string;
  readonly parent: number;
}

export interface FoundProcess extends RunningProcess {
  /** The program and its words, a space between them. */
  readonly commandLine: string;
}

export interface StartedProcess {
  readonly pid: number;
  /** How it ended: its exit code, or `null` when a signal ended it. Pending as long as it runs. */
  readonly ended: Promise<number | null>;
}

/** Processes that outlive the one that starts them. */
export interface Processes {
  /** This process. */
  self(): Promise<RunningProcess>;
  /** Starts a program in a session of its own; what it prints is appended to a file. */
  start(program: Program, log: string): Promise<StartedProcess>;
  /** Runs a program to its end and answers with what it printed on both streams. */
  run(program: Program, signal: AbortSignal): Promise<{ readonly code: number | null; readonly output: string }>;
  /** Other processes that have this text in their command line. */
  find(mentioning: string): Promise<readonly FoundProcess[]>;
  /**
   * Other processes that were started with this variable in their environment, by its value, and so those that they
   * started in turn. Empty where the operating system does not tell: only Linux does.
   */
  withVariable(name: string, is: (value: string) => boolean): Promise<readonly RunningProcess[]>;
  isAlive(running: RunningProcess): Promise<boolean>;
  /**
   * `end` asks a process to finish, `reload` to read its configuration again, `kill` ends it. Does nothing where that
   * process is gone, whoever has its number meanwhile.
   */
  signal(running: RunningProcess, what: 'end' | 'reload' | 'kill'): Promise<void>;
}
