/** A directory of this machine, or one that several machines see. Paths are relative to it and use `/`. */
export interface Folder {
  /** Where it is, as the operating system writes it. */
  readonly path: string;
  /** A path in it, as the operating system writes it. */
  pathOf(path: string): string;
  /** `undefined` where there is no such file. */
  read(path: string): Promise<string | undefined>;
  /** Replaces the file at once, readable by its owner only: nobody sees half of it. */
  write(path: string, text: string): Promise<void>;
  /** The same for a program, which its owner may run. */
  writeProgram(path: string, text: string): Promise<void>;
  append(path: string, text: string): Promise<void>;
  /** Makes a file that must not be there yet; `false` when it is. */
  claim(path: string, text: string): Promise<boolean>;
  makeDirectory(path: string): Promise<void>;
  /** Makes a link to `target`, a path of the operating system; what is there already stays as it is. */
  link(path: string, target: string): Promise<void>;
  /** Names of what is in it; empty where it does not exist. */
  list(): Promise<readonly string[]>;
  /** Removes a file, or a directory with everything in it; nothing happens where it is missing. */
  remove(path: string): Promise<void>;
  /** Removes the directory itself if it is empty. */
  removeItself(): Promise<void>;
}
