import { type Disposable, EventEmitter } from 'vscode';
import { defaultQuantizationSettings, type QuantizationReport } from '../../protocol/quantization';
import type { Measuring } from '../quantization/session';

/** What was measured of a model's quantization: in a panel that is open, else what the runtime remembers. */
export class KnownReports implements Disposable {
  readonly #open: (bundleDir: string) => QuantizationReport | null;
  readonly #measuring: Pick<Measuring, 'inspect'>;
  readonly #remembered = new Map<string, QuantizationReport>();
  readonly #looking = new Set<string>();
  readonly #changed = new EventEmitter<void>();
  readonly onDidChange = this.#changed.event;

  /** @param open the report of an open panel */
  constructor(open: (bundleDir: string) => QuantizationReport | null, measuring: Pick<Measuring, 'inspect'>) {
    this.#open = open;
    this.#measuring = measuring;
  }

  of(bundleDir: string): QuantizationReport | null {
    return this.#open(bundleDir) ?? this.#remembered.get(bundleDir) ?? null;
  }

  /** Asks what is remembered of the usual measurement; nothing is measured. {@link onDidChange} tells of news. */
  async look(bundleDir: string): Promise<void> {
    if (this.#looking.has(bundleDir)) return;
    this.#looking.add(bundleDir);
    const outcome = await this.#measuring.inspect(
      { modelPath: bundleDir, settings: defaultQuantizationSettings, onlyKnown: true },
      () => undefined,
      new AbortController().signal,
    );
    this.#looking.delete(bundleDir);
    const before = this.#remembered.get(bundleDir);
    if (outcome.ok) this.#remembered.set(bundleDir, outcome.report);
    else this.#remembered.delete(bundleDir);
    if (JSON.stringify(before) !== JSON.stringify(this.#remembered.get(bundleDir))) this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
