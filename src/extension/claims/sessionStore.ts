import * as v from 'valibot';
import type { Memento } from 'vscode';
import { claimsFormSchema } from '../../protocol/claimsView';
import type { SessionContent } from './session';

const contentSchema = v.object({ form: claimsFormSchema, file: v.nullable(v.string()) });

const prefix = 'claims.session.';

/** What the comparisons with the paper of this workspace showed, across window reloads. */
export class ClaimsSessionStore {
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
