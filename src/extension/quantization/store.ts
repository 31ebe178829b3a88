import * as v from 'valibot';
import type { Memento } from 'vscode';
import { quantizationSettingsSchema } from '../../protocol/quantization';
import type { SessionContent } from './session';

const contentSchema = v.object({
  modelPath: v.string(),
  comparedPath: v.nullable(v.string()),
  settings: quantizationSettingsSchema,
  calibrationPath: v.nullable(v.string()),
  measured: v.boolean(),
});

const prefix = 'quantization.session.';

/** What the quantization panels of this workspace were about, across window reloads. */
export class QuantizationStore {
  readonly #memento: Memento;

  constructor(memento: Memento) {
    this.#memento = memento;
  }

  /** The session as it was saved; undefined where there is none, or one that this version cannot read. */
  load(id: string): SessionContent | undefined {
    const parsed = v.safeParse(contentSchema, this.#memento.get(prefix + id));
    return parsed.success ? parsed.output : undefined;
  }

  async save(id: string, content: SessionContent): Promise<void> {
    await this.#memento.update(prefix + id, content);
  }

  async delete(id: string): Promise<void> {
    await this.#memento.update(prefix + id, undefined);
  }
}
