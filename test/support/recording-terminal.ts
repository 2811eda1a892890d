import type { FullScreen, Paint, Terminal } from '../../src/ports/terminal.js';

const plain = (text: string): string => text;
const noPaint: Paint = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };

/** Remembers what is written to it, and answers questions from a list; without a list nobody can be asked. */
export class RecordingTerminal implements Terminal {
  readonly out = noPaint;
  readonly err = noPaint;
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly asked: string[] = [];
  readonly #answers: string[] | undefined;

  constructor(answers?: readonly string[]) {
    this.#answers = answers && [...answers];
  }

  get interactive(): boolean {
    return this.#answers !== undefined;
  }

  result = (text: string): void => void this.stdout.push(text);
  page = async (text: string): Promise<void> => this.result(text);
  busy = (): Disposable => ({ [Symbol.dispose]: () => {} });
  fullScreen = async (): Promise<FullScreen | undefined> => undefined;
  say = (text: string): void => void this.stderr.push(text);
  warn = (text: string): void => void this.stderr.push(text);

  ask = async (question: string): Promise<string> => {
    this.asked.push(question);
    const answer = this.#answers?.shift();
    if (answer === undefined) throw new Error(`nobody answers: ${question}`);
    return answer;
  };

  choose = (question: string): Promise<string> => this.ask(question);

  secret = (question: string): Promise<string> => this.ask(question);

  confirm = async (question: string): Promise<boolean> => (await this.ask(question)) === 'y';
}
