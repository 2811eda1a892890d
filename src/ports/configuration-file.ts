/** The context file of this administrator. It holds no secrets, only where they are. */
export interface ConfigurationFile {
  readonly path: string;
  /** Its text; empty where there is no file. */
  read(): Promise<string>;
  /** Replaces the file at once, readable by its owner only. */
  write(text: string): Promise<void>;
  /** A path as it was typed, so that it means the same from every directory. */
  absolute(path: string): string;
}
