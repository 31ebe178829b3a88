import type { PromptEvent } from '../../protocol/prompt';

/** A screen draws no faster: nobody would see more for more messages. */
const frameMs = 16;

/**
 * The events of an answer on their way out of the host: a token leaves at once with all that came before it, unless
 * another one left in the same frame; the rest waits for a frame at most. Of the tokens that share a frame the last
 * stays, which tells the whole answer so far. A small model writes a token a millisecond; one message each kept three processes busy while the first token was
 * on its way to the screen.
 */
export class PacedEvents {
  readonly #send: (events: PromptEvent[]) => void;
  #waiting: PromptEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Of the last token that was sent. */
  #tokenAtMs = Number.NEGATIVE_INFINITY;

  constructor(send: (events: PromptEvent[]) => void) {
    this.#send = send;
  }

  add(event: PromptEvent): void {
    const isToken = event.type === 'token';
    if (isToken && this.#waiting.at(-1)?.type === 'token') this.#waiting.pop();
    this.#waiting.push(event);
    if (isToken && performance.now() - this.#tokenAtMs >= frameMs) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), frameMs);
  }

  /** Sends what waits; to be called when the answer ends, before its outcome is sent. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    if (this.#waiting.some(({ type }) => type === 'token')) this.#tokenAtMs = performance.now();
    this.#send(this.#waiting.splice(0));
  }
}
