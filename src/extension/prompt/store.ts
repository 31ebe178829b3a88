import * as v from 'valibot';
import type { Memento } from 'vscode';
import { compareResultSchema } from '../../protocol/compare';
import { failureSchema } from '../../protocol/failure';
import {
  modelChoiceSchema,
  promptEventSchema,
  promptResultSchema,
  regionSchema,
  turnSchema,
} from '../../protocol/prompt';
import { storedCard } from './comparisons';
import type { SessionContent } from './session';

const pictureSchema = v.object({ name: v.string(), path: v.string() });

const comparisonSchema = v.object({
  choice: modelChoiceSchema,
  turns: v.array(turnSchema),
  answer: v.string(),
  status: v.nullable(v.string()),
  result: v.exactOptional(compareResultSchema),
});

const contentSchema = v.object({
  picture: v.nullable(pictureSchema),
  cards: v.array(
    v.object({
      id: v.string(),
      question: v.string(),
      region: v.exactOptional(regionSchema),
      choice: modelChoiceSchema,
      picture: pictureSchema,
      state: v.picklist(['running', 'done', 'stopped', 'failed']),
      answer: v.string(),
      events: v.array(promptEventSchema),
      result: v.exactOptional(promptResultSchema),
      failure: v.exactOptional(failureSchema),
      comparison: v.exactOptional(comparisonSchema),
    }),
  ),
});

const prefix = 'prompt.session.';

/** Sessions of this workspace across window reloads: one entry each in the workspace's memento. */
export class SessionStore {
  readonly #memento: Memento;

  constructor(memento: Memento) {
    this.#memento = memento;
  }

  get ids(): string[] {
    return this.#memento
      .keys()
      .filter(key => key.startsWith(prefix))
      .map(key => key.slice(prefix.length));
  }

  /** The session as it was saved; undefined where there is none, or one that this version cannot read. */
  load(id: string): SessionContent | undefined {
    const parsed = v.safeParse(contentSchema, this.#memento.get(prefix + id));
    return parsed.success ? parsed.output : undefined;
  }

  async save(id: string, content: SessionContent): Promise<void> {
    await this.#memento.update(prefix + id, { ...content, cards: content.cards.map(storedCard) });
  }

  async delete(id: string): Promise<void> {
    await this.#memento.update(prefix + id, undefined);
  }
}
