/** The context file of this administrator. It holds no secrets, only where they are. */
export interface ConfigurationFile {
  readonly path: string;
  /** Its text; empty where there is no file, unless it was named: then it is to be there. */
  read(): Promise<string>;
  /** For a command that makes it: from then on a file that is named and not there is an empty one, too. */
  toBeMade(): void;
  /** Replaces the file at once, readable by its owner only. */
  write(text: string): Promise<void>;
  /** A path as it was typed, so that it means the same from every directory. */
  absolute(path: string): string;
}
