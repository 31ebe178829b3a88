/**
 * Writes an answer as it grows. The text so far is decoded anew with every token, and a token can still change the
 * end of the text before it, so the last word is held back until another follows.
 */
export class AnswerStream {
  private written = '';

  /** @param live false writes nothing before {@link finish} */
  constructor(
    private readonly stream: NodeJS.WritableStream,
    private readonly live: boolean,
  ) {}

  /** @param text the whole answer so far */
  show(text: string): void {
    if (this.live) this.writeUpTo(text.replace(/\s*\S*$/, ''));
  }

  /** Writes what is left of the answer and ends its line. */
  finish(answer: string): void {
    this.writeUpTo(answer);
    // What was written and did not stand the test of the whole answer is followed by the answer as it is.
    if (this.written !== answer) this.stream.write(`\n${answer}`);
    this.stream.write('\n');
    this.written = '';
  }

  /** Ends the line of an answer that is not finished. */
  breakOff(): void {
    if (this.written !== '') this.stream.write('\n');
  }

  private writeUpTo(text: string): void {
    if (!text.startsWith(this.written)) return;
    this.stream.write(text.slice(this.written.length));
    this.written = text;
  }
}
