import { l10n, workspace } from 'vscode';
import type { Failure } from '../../protocol/failure';
import type { ApplyOutcome, InspectionEvent, RecipeApplication } from '../../protocol/quantization';
import type {
  ChangeRecipeParams,
  CreateRecipeParams,
  RecipeReading,
  RecipeTextOutcome,
} from '../../protocol/recipe';
import type { QuantizationClient } from '../runtime/quantizationClient';
import type { Measuring } from './session';

/** The quantization panels' way to the runtime: in Restricted Mode nothing is measured and nothing written. */
export class QuantizationDoor implements Measuring {
  readonly #client: QuantizationClient;

  constructor(client: QuantizationClient) {
    this.#client = client;
  }

  readonly inspect: Measuring['inspect'] = async (params, onEvent, signal) =>
    workspace.isTrusted ? this.#client.inspect(params, onEvent, signal) : refused();

  readonly detail: Measuring['detail'] = async (params, signal) =>
    workspace.isTrusted ? this.#client.detail(params, signal) : refused();

  async apply(
    params: RecipeApplication,
    onEvent: (event: InspectionEvent) => void,
    signal: AbortSignal,
  ): Promise<ApplyOutcome> {
    return workspace.isTrusted ? this.#client.apply(params, onEvent, signal) : refused();
  }

  async readRecipe(text: string): Promise<RecipeReading> {
    return workspace.isTrusted
      ? this.#client.readRecipe(text)
      : { rules: [], problem: refused().failure.message };
  }

  async changeRecipe(params: ChangeRecipeParams): Promise<RecipeTextOutcome> {
    return workspace.isTrusted ? this.#client.changeRecipe(params) : refused();
  }

  async createRecipe(params: CreateRecipeParams): Promise<RecipeTextOutcome> {
    return workspace.isTrusted ? this.#client.createRecipe(params) : refused();
  }
}

function refused(): { ok: false; failure: Failure } {
  return {
    ok: false,
    failure: {
      kind: 'usage',
      message: l10n.t('Nothing is measured in Restricted Mode: trust this workspace first.'),
    },
  };
}
