/** How text may look on one stream. */
export interface Paint {
  // Colours; they do nothing where the stream has none.
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  /** How wide it is; absent where it is no terminal, and nothing is shortened then. */
  readonly columns?: number | undefined;
  /** Instants are written as such, not as ages. */
  readonly absoluteTimes?: boolean | undefined;
}

/** The whole of a terminal, drawn again and again. It is as it was before when this is disposed, or the process ends. */
export interface FullScreen extends Disposable {
  readonly columns: number;
  readonly rows: number;
  /** Shows these lines; what has not changed is not written again. */
  draw(lines: readonly string[]): void;
  onResize(listener: () => void): void;
}

/** Results go to stdout so they can be piped; everything said to the person goes to stderr. */
export interface Terminal {
  /** Somebody can be asked: standard input and stderr are terminals and `--no-input` was not given. */
  readonly interactive: boolean;
  readonly out: Paint;
  readonly err: Paint;
  result(text: string): void;
  /** A result for a person to read: at a terminal that it does not fit on, in the person's pager. */
  page(text: string): Promise<void>;
  /** Silent with `--quiet`. */
  say(text: string): void;
  /** Said also with `--quiet`. */
  warn(text: string): void;
  /** Shows that something goes on, once that has lasted for a second and where a person sees it. */
  busy(what: string): Disposable;
  /** `undefined` where stdout is no terminal. */
  fullScreen(): Promise<FullScreen | undefined>;
  /** Rejects with a `Failure` of kind `interrupted` on Ctrl-C. */
  confirm(question: string, signal: AbortSignal): Promise<boolean>;
  ask(question: string, signal: AbortSignal): Promise<string>;
  /** One of several, shown as a list. */
  choose(question: string, choices: readonly string[], signal: AbortSignal): Promise<string>;
  /** The same, and what is typed is not shown. */
  secret(question: string, signal: AbortSignal): Promise<string>;
}
