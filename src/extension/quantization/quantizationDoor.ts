import { workspace } from 'vscode';
import type { ApplyOutcome, InspectionEvent, RecipeApplication } from '../../protocol/quantization';
import type {
  ChangeRecipeParams,
  CreateRecipeParams,
  RecipeReading,
  RecipeTextOutcome,
} from '../../protocol/recipe';
import type { QuantizationClient } from '../runtime/quantizationClient';
import { refusedInRestrictedMode } from '../runtime/restricted';
import type { Measuring } from './session';

/** The quantization panels' way to the runtime: in Restricted Mode nothing is measured and nothing written. */
export class QuantizationDoor implements Measuring {
  readonly #client: QuantizationClient;

  constructor(client: QuantizationClient) {
    this.#client = client;
  }

  readonly inspect: Measuring['inspect'] = async (params, onEvent, signal) =>
    workspace.isTrusted ? this.#client.inspect(params, onEvent, signal) : refusedInRestrictedMode();

  readonly detail: Measuring['detail'] = async (params, signal) =>
    workspace.isTrusted ? this.#client.detail(params, signal) : refusedInRestrictedMode();

  async apply(
    params: RecipeApplication,
    onEvent: (event: InspectionEvent) => void,
    signal: AbortSignal,
  ): Promise<ApplyOutcome> {
    return workspace.isTrusted ? this.#client.apply(params, onEvent, signal) : refusedInRestrictedMode();
  }

  async readRecipe(text: string): Promise<RecipeReading> {
    return workspace.isTrusted
      ? this.#client.readRecipe(text)
      : { rules: [], problem: refusedInRestrictedMode().failure.message };
  }

  async changeRecipe(params: ChangeRecipeParams): Promise<RecipeTextOutcome> {
    return workspace.isTrusted ? this.#client.changeRecipe(params) : refusedInRestrictedMode();
  }

  async createRecipe(params: CreateRecipeParams): Promise<RecipeTextOutcome> {
    return workspace.isTrusted ? this.#client.createRecipe(params) : refusedInRestrictedMode();
  }
}
