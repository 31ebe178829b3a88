import type { CompareEvent } from '../../protocol/compare';
import type { Failure } from '../../protocol/failure';
import type {
  ModelChoice,
  PromptEvent,
  PromptInput,
  PromptOutcome,
  Region,
  Sampling,
  Turn,
} from '../../protocol/prompt';
import { appendEvent, type CardRecord, type ComparisonRecord, type SessionPicture, turnsOf } from './cards';
import { type Compare, noteEnd, noteEvent } from './comparisons';

/** Answers one question. Never rejects: whatever goes wrong is an outcome with its sentence. */
export type Answer = (
  choice: ModelChoice,
  input: PromptInput,
  onEvent: (event: PromptEvent) => void,
  signal: AbortSignal,
) => Promise<PromptOutcome>;

export interface SessionOptions {
  answer: Answer;
  compare: Compare;
  /** The build that answers the next question. */
  choice: () => ModelChoice;
  /** What the settings say about sampling; absent fields are the bundle's to decide. */
  sampling: () => Partial<Sampling>;
  newId: () => string;
}

/** What survives a window reload. */
export interface SessionContent {
  picture: SessionPicture | null;
  cards: CardRecord[];
}

export type SessionChange =
  | { type: 'event'; card: CardRecord; event: PromptEvent }
  /** A comparison went on. */
  | { type: 'progress'; card: CardRecord }
  /** One card was added or changed its state. */
  | { type: 'card'; card: CardRecord }
  /** Cards were removed, or the picture was replaced. */
  | { type: 'content' };

/** Why a question cannot be asked now; null = it can. */
export type Refusal = 'empty' | 'no-picture' | 'busy' | null;

interface Run {
  card: CardRecord;
  abort: AbortController;
}

/**
 * One conversation about pictures: cards in the order they were asked, at most one of them running. It knows neither
 * the editor nor the runtime, and it never asks by itself: after a crash only a person's next question runs.
 */
export class PromptSession {
  readonly id: string;
  readonly #options: SessionOptions;
  readonly #listeners = new Set<(change: SessionChange) => void>();
  #picture: SessionPicture | null;
  #cards: CardRecord[];
  #run: Run | undefined;

  /** @param content of an earlier life; a card that was running then is shown as stopped. */
  constructor(id: string, options: SessionOptions, content: SessionContent = { picture: null, cards: [] }) {
    this.id = id;
    this.#options = options;
    this.#picture = content.picture;
    this.#cards = content.cards.map(card =>
      card.state === 'running' ? { ...card, state: 'stopped' } : card,
    );
  }

  get picture(): SessionPicture | null {
    return this.#picture;
  }

  get cards(): readonly CardRecord[] {
    return this.#cards;
  }

  get content(): SessionContent {
    return { picture: this.#picture, cards: this.#cards };
  }

  get running(): CardRecord | undefined {
    return this.#run?.card;
  }

  /** Calls `listener` after every change; the returned function ends that. */
  subscribe(listener: (change: SessionChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Replaces the picture that the next question is about; earlier cards keep theirs. */
  showPicture(picture: SessionPicture): void {
    this.#picture = picture;
    this.#emit({ type: 'content' });
  }

  refusal(question: string): Refusal {
    if (question.trim() === '') {
      return 'empty';
    }
    if (!this.#picture) {
      return 'no-picture';
    }
    return this.#run ? 'busy' : null;
  }

  /** Asks about the current picture; resolves when the card has ended. Does nothing where {@link refusal} says why. */
  async ask(question: string, region?: Region): Promise<void> {
    if (!this.#picture || this.refusal(question)) {
      return;
    }
    const card: CardRecord = {
      id: this.#options.newId(),
      question: question.trim(),
      ...(region && { region }),
      picture: this.#picture,
      choice: this.#options.choice(),
      state: 'running',
      answer: '',
      events: [],
    };
    this.#cards.push(card);
    await this.#start(card);
  }

  /** Asks the present build and another one. Resolves when the card has ended; as {@link ask} otherwise. */
  async compareQuestion(question: string, other: ModelChoice, region?: Region): Promise<void> {
    if (!this.#picture || this.refusal(question)) {
      return;
    }
    const asked = {
      question: question.trim(),
      picture: this.#picture,
      choice: this.#options.choice(),
      ...(region && { region }),
    };
    await this.#compare(asked, other, this.#cards);
  }

  /** Asks a card's question anew, of its build and another one, as a card of its own. Resolves when it has ended. */
  async compare(cardId: string, other: ModelChoice): Promise<void> {
    const index = this.#cards.findIndex(({ id }) => id === cardId);
    const card = this.#cards[index];
    if (card && !this.#run) {
      await this.#compare(card, other, this.#cards.slice(0, index));
    }
  }

  /** Asks a card's question again, with the present choice, and replaces its answer. Resolves when it has ended. */
  async again(cardId: string): Promise<void> {
    const index = this.#cards.findIndex(({ id }) => id === cardId);
    const old = this.#cards[index];
    if (!old || this.#run) {
      return;
    }
    const { result: _result, failure: _failure, comparison, ...kept } = old;
    const card: CardRecord = {
      ...kept,
      // A comparison is of the two builds that it was made of.
      choice: comparison ? old.choice : this.#options.choice(),
      ...(comparison && { comparison: begun(comparison.choice, comparison.turns) }),
      state: 'running',
      answer: '',
      events: [],
    };
    this.#cards[index] = card;
    await this.#start(card);
  }

  /** Ends the running answer at once; what has come of it stays. */
  stop(): void {
    const run = this.#run;
    if (run) {
      this.#run = undefined;
      run.card.state = 'stopped';
      if (run.card.comparison) run.card.comparison.status = null;
      run.abort.abort();
      this.#emit({ type: 'card', card: run.card });
    }
  }

  delete(cardId: string): void {
    if (this.#run?.card.id === cardId) {
      this.stop();
    }
    this.#cards = this.#cards.filter(({ id }) => id !== cardId);
    this.#emit({ type: 'content' });
  }

  clear(): void {
    this.stop();
    this.#cards = [];
    this.#emit({ type: 'content' });
  }

  async #compare(
    { question, picture, choice, region }: Pick<CardRecord, 'question' | 'picture' | 'choice' | 'region'>,
    other: ModelChoice,
    earlier: readonly CardRecord[],
  ): Promise<void> {
    const card: CardRecord = {
      id: this.#options.newId(),
      question,
      ...(region && { region }),
      picture,
      choice,
      state: 'running',
      answer: '',
      events: [],
    };
    card.comparison = begun(other, turnsOf(earlier, card));
    this.#cards.push(card);
    await this.#start(card);
  }

  async #start(card: CardRecord): Promise<void> {
    const run: Run = { card, abort: new AbortController() };
    this.#run = run;
    this.#emit({ type: 'card', card });
    const end = await this.#outcome(run);
    // A run that was stopped meanwhile has had its end already; its late outcome belongs to nobody.
    if (this.#run === run) {
      this.#run = undefined;
      end();
      this.#emit({ type: 'card', card });
    }
  }

  /** Runs to the end; what is returned writes that end into the card. */
  async #outcome(run: Run): Promise<() => void> {
    const { card, abort } = run;
    const { comparison, choice } = card;
    const input = this.#inputOf(card);
    if (!comparison) {
      const onEvent = (event: PromptEvent) => this.#onEvent(run, event);
      const outcome = await this.#options.answer(choice, input, onEvent, abort.signal);
      return () => end(card, outcome);
    }
    const onEvent = (event: CompareEvent) => this.#onCompareEvent(run, event);
    const outcome = await this.#options.compare(choice, comparison.choice, input, onEvent, abort.signal);
    return () => noteEnd(card, outcome);
  }

  #inputOf(card: CardRecord): PromptInput {
    const earlier = this.#cards.slice(0, this.#cards.indexOf(card));
    return {
      imagePath: card.picture.path,
      ...(card.region && { region: card.region }),
      turns: card.comparison?.turns ?? turnsOf(earlier, card),
      question: card.question,
      sampling: this.#options.sampling(),
    };
  }

  #onEvent(run: Run, event: PromptEvent): void {
    if (this.#run !== run) {
      return;
    }
    appendEvent(run.card.events, event);
    if (event.type === 'token') {
      run.card.answer = event.text;
    }
    this.#emit({ type: 'event', card: run.card, event });
  }

  #onCompareEvent(run: Run, event: CompareEvent): void {
    if (this.#run !== run) {
      return;
    }
    noteEvent(run.card, event);
    this.#emit({ type: 'progress', card: run.card });
  }

  #emit(change: SessionChange): void {
    for (const listener of this.#listeners) {
      listener(change);
    }
  }
}

/** The other side of a comparison that has not begun to run. */
function begun(choice: ModelChoice, turns: Turn[]): ComparisonRecord {
  return { choice, turns, answer: '', status: null };
}

function end(card: CardRecord, outcome: PromptOutcome): void {
  if (outcome.ok) {
    card.state = 'done';
    card.answer = outcome.result.answer;
    card.result = outcome.result;
  } else {
    fail(card, outcome.failure);
  }
}

/** The reason is written into the very card that was running; the part of the answer that came stays readable. */
function fail(card: CardRecord, failure: Failure): void {
  card.state = 'failed';
  card.failure = failure;
}
