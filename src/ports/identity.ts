/** Who runs this process, and where. */
export interface Identity {
  /** `user@host`. */
  readonly who: string;
  readonly host: string;
  readonly pid: number;
  /** When this process was started, in the words of the operating system: a later one with its number differs. */
  started(): Promise<string>;
  /** Whether that process of this machine still runs. */
  isRunning(pid: number, started: string): Promise<boolean>;
  /** A random word of 4 or more letters and digits. */
  word(length: number): string;
}
