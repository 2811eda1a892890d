/** TCP ports of this machine's loopback address. */
export interface Ports {
  /** Ports that nobody listens on right now, and that no outgoing connection takes by itself. */
  free(count: number): Promise<readonly number[]>;
  isFree(port: number): Promise<boolean>;
}
