/** Deaths within a sliding window: a host that keeps dying is not started again until a person asks for it. */
export class RestartBudget {
  private deathsAtMs: number[] = [];

  /** @param allowed deaths within `windowMs` after which one more start is still granted */
  constructor(
    private readonly allowed = 3,
    private readonly windowMs = 180_000,
    private readonly now: () => number = Date.now,
  ) {}

  noteDeath(): void {
    this.deathsAtMs.push(this.now());
  }

  /** How many deaths the window holds if that is too many, else 0. */
  get excess(): number {
    const since = this.now() - this.windowMs;
    this.deathsAtMs = this.deathsAtMs.filter(at => at > since);
    return this.deathsAtMs.length > this.allowed ? this.deathsAtMs.length : 0;
  }

  reset(): void {
    this.deathsAtMs = [];
  }
}
