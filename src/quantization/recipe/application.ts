import type { FolderWriter } from '../../bundle/folderWriter';
import { StudioError } from '../../protocol/failure';
import type { ApplyResult, InspectionEvent } from '../../protocol/quantization';
import type { Held } from '../bundle/heldSubject';
import type { NamedRecipe } from './recipeFile';

/** A recipe on its way into a model's graphs. */
export interface Application extends Held {
  readonly recipe: NamedRecipe;
  /** Whether a person named the samples, so that ranges which ship with the model do not count. */
  readonly ownSamples: boolean;
  /** Then nothing that was written is measured: the figures would say nothing. */
  readonly randomWeights: boolean;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: InspectionEvent) => void;
}

/** The folder that an application fills. */
export interface Filling {
  /** Absolute path while it is filled. */
  readonly dir: string;
  readonly writer: FolderWriter;
}

/** What an application says of itself when its folder is whole. */
export type Applied = Pick<ApplyResult, 'outputs' | 'promptable' | 'ranges'>;

export const stopped = 'The export was stopped, and nothing was kept.';

/** @throws {StudioError} `cancelled` */
export function throwIfStopped({ signal }: Pick<Application, 'signal'>): void {
  if (signal.aborted) throw new StudioError('cancelled', stopped);
}
