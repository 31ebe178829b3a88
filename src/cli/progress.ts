/** Silence between two progress lines where nobody watches. */
const quietMs = 10_000;

/** Progress on stderr: one line that rewrites itself on a terminal, a line now and then elsewhere. */
export class Progress {
  private lastAt = Date.now();
  private shown = false;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  show(text: string): void {
    if (this.stream.isTTY) {
      this.stream.write(`\r\x1b[K${text}`);
      this.shown = true;
      return;
    }
    if (Date.now() - this.lastAt < quietMs) return;
    this.lastAt = Date.now();
    this.stream.write(`${text}\n`);
  }

  /** Takes the line away, so that what follows begins on a clean one. */
  clear(): void {
    if (this.shown) this.stream.write('\r\x1b[K');
    this.shown = false;
  }
}
