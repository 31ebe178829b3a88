import * as v from 'valibot';
import type { Memento } from 'vscode';
import { quantizationSettingsSchema } from '../../protocol/quantization';
import type { SessionContent } from './session';
import type { ModelSizes, SizeMemory } from './sizes';

const contentSchema = v.object({
  modelPath: v.string(),
  comparedPath: v.nullable(v.string()),
  settings: quantizationSettingsSchema,
  calibrationPath: v.nullable(v.string()),
  measured: v.boolean(),
});

const sizesSchema = v.object({
  openInputs: v.array(v.object({ name: v.string(), dims: v.array(v.union([v.number(), v.string()])) })),
  shapes: v.record(v.string(), v.array(v.number())),
  calibrationPath: v.nullable(v.string()),
});

const prefix = 'quantization.session.';
const sizesPrefix = 'quantization.sizes.';

/** What the quantization panels of this workspace were about, across window reloads. */
export class QuantizationStore {
  /** Sizes that were given to models; they outlive their panels. */
  readonly sizes: SizeMemory = {
    load: modelPath => this.#loadSizes(modelPath),
    save: (modelPath, sizes) => void this.#memento.update(sizesPrefix + modelPath, sizes),
  };
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

  #loadSizes(modelPath: string): ModelSizes | undefined {
    const parsed = v.safeParse(sizesSchema, this.#memento.get(sizesPrefix + modelPath));
    return parsed.success ? parsed.output : undefined;
  }
}
