/** What came of runs of one kind: a row of the table in docs/chaos.md. */
export interface Result {
  readonly name: string;
  readonly runs: number;
  /** In words, one for each run that failed. */
  readonly failed: readonly string[];
  readonly notes: readonly string[];
}

/** Text of a page of docs/ that a part measures anew, between its own marks. */
export interface Measured {
  readonly page: string;
  readonly text: string;
}

export interface Done {
  readonly results: readonly Result[];
  readonly measured?: readonly Measured[];
}

export interface Chaos {
  /** The same one repeats whatever is chosen by chance. */
  readonly seed: number;
  say(line: string): void;
  /** Runs it so many times, and goes on after a failure; it answers with what is told of a run. */
  repeat(name: string, runs: number, run: (i: number) => Promise<string>): Promise<Result>;
}

/** One kind of chaos, on its own. */
export type ChaosPart = (chaos: Chaos) => Promise<Done>;

export const chaosOf = (seed: number, say: (line: string) => void): Chaos => ({
  seed,
  say,
  async repeat(name, runs, run) {
    const failed: string[] = [];
    for (let i = 0; i < runs; i++) {
      try {
        say(`${name} ${i + 1} of ${runs}: ${await run(i)}`);
      } catch (error) {
        failed.push(`${name}, run ${i + 1} of ${runs}: ${(error as Error).message}`);
        say(`FAILED ${failed.at(-1)}`);
      }
    }
    return { name, runs, failed, notes: [] };
  },
});
