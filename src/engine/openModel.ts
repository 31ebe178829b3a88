import type { ModelConfig } from '../architecture/modelConfig';
import { StudioError } from '../protocol/failure';
import type { Conversation } from './conversation';
import type { ModelGraphs } from './modelGraphs';
import type { PictureMemory } from './pictureMemory';
import type { EngineSettings } from './settings';

/** A model in memory: its graphs, its manners, and what it remembers between prompts. */
export interface OpenModel {
  readonly graphs: ModelGraphs;
  readonly settings: EngineSettings;
  readonly config: ModelConfig;
  readonly conversation: Conversation;
  readonly pictures: PictureMemory;
}

/**
 * Called between runs: a run itself cannot be stopped.
 * @throws {StudioError} `cancelled`
 */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new StudioError('cancelled', 'The answer was stopped.');
}
