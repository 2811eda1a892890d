/** Files that the administrator names, on this machine. */
export interface OwnFiles {
  /** `undefined` where there is none. Rejects with a `Failure` of kind `usage` where it cannot be read. */
  read(path: string): Promise<string | undefined>;
  /** Whole or not at all; readable by its owner only where it is new. */
  write(path: string, text: string): Promise<void>;
  /** As seen from the directory that the command was typed in. */
  absolute(path: string): string;
}
