/** Files of this machine that the command line names. Rejects with a `Failure` of kind `usage` that names the file. */
export interface Files {
  read(path: string): Promise<string>;
  /** Replaces the file. */
  write(path: string, text: string): Promise<void>;
}
