/** Files of this machine that belong to somebody else: the configuration of a load balancer. */
export interface TextFiles {
  /** `undefined` where there is no such file. */
  read(path: string): Promise<string | undefined>;
  /**
   * Replaces the file at once, so that nobody sees half of it, with the rights and the owner it has; a link is followed.
   * A new file can be read by everybody. Rejects with a `Failure` of kind `usage` that names the file.
   */
  replace(path: string, text: string): Promise<void>;
  /** Nothing happens where it is missing. */
  remove(path: string): Promise<void>;
}
