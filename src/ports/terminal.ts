/** Colours for one stream; they do nothing where the stream has none. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** Results go to stdout so they can be piped; everything said to the person goes to stderr. */
export interface Terminal {
  /** Somebody can be asked: standard input and stderr are terminals and `--no-input` was not given. */
  readonly interactive: boolean;
  /** Columns of stdout; 80 where it is no terminal. */
  readonly width: number;
  readonly out: Paint;
  readonly err: Paint;
  result(text: string): void;
  /** Silent with `--quiet`. */
  say(text: string): void;
  /** Said also with `--quiet`. */
  warn(text: string): void;
  /** Rejects with a `Failure` of kind `interrupted` on Ctrl-C. */
  confirm(question: string, signal: AbortSignal): Promise<boolean>;
  ask(question: string, signal: AbortSignal): Promise<string>;
  /** The same, and what is typed is not shown. */
  secret(question: string, signal: AbortSignal): Promise<string>;
}
