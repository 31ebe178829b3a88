import * as v from 'valibot';
import type { Memento } from 'vscode';
import { pixelScales, quantizationSettingsSchema } from '../../protocol/quantization';
import type { FactMemory, ModelFacts } from './facts';
import type { SessionContent } from './session';

const contentSchema = v.object({
  modelPath: v.string(),
  comparedPath: v.nullable(v.string()),
  settings: quantizationSettingsSchema,
  calibrationPath: v.nullable(v.string()),
  measured: v.boolean(),
});

const factsSchema = v.object({
  openInputs: v.array(v.object({ name: v.string(), dims: v.array(v.union([v.number(), v.string()])) })),
  valueInputs: v.array(v.object({ name: v.string(), type: v.string() })),
  shapes: v.record(v.string(), v.array(v.number())),
  calibrationPath: v.nullable(v.string()),
  values: v.record(v.string(), v.number()),
  pixels: v.nullable(v.picklist(pixelScales)),
  originalPath: v.nullable(v.string()),
});

const prefix = 'quantization.session.';
const factsPrefix = 'quantization.facts.';

/** What the quantization panels of this workspace were about, across window reloads. */
export class QuantizationStore {
  /** What was said about models; it outlives their panels. */
  readonly facts: FactMemory = {
    load: modelPath => this.#loadFacts(modelPath),
    save: (modelPath, facts) => void this.#memento.update(factsPrefix + modelPath, facts),
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

  #loadFacts(modelPath: string): ModelFacts | undefined {
    const parsed = v.safeParse(factsSchema, this.#memento.get(factsPrefix + modelPath));
    return parsed.success ? parsed.output : undefined;
  }
}
