/** Works one after the other, in the order they were asked for. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();
  private pending = 0;

  /** Something runs or waits. */
  get busy(): boolean {
    return this.pending > 0;
  }

  /** Does `work` when its turn has come. Undefined, at once, when `signal` is aborted before that. */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    let started = false;
    this.pending++;
    const turn = this.last
      .then(() => {
        if (signal.aborted) return undefined;
        started = true;
        return work();
      })
      .finally(() => {
        this.pending--;
      });
    this.last = turn.catch(() => undefined);
    return new Promise((resolve, reject) => {
      turn.then(resolve, reject);
      signal.addEventListener('abort', () => started || resolve(undefined), { once: true });
    });
  }
}
