import * as v from 'valibot';
import type { Memento } from 'vscode';
import { profileSettingsSchema } from '../../protocol/profile';
import { modelChoiceSchema } from '../../protocol/prompt';
import type { SessionContent } from './session';

const contentSchema = v.object({
  choice: v.nullable(modelChoiceSchema),
  settings: profileSettingsSchema,
  files: v.array(v.string()),
});

const prefix = 'profiling.session.';

/** What the throughput panels of this workspace showed, across window reloads. */
export class ProfilingSessionStore {
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
