import * as v from 'valibot';
import {
  type ApplyOutcome,
  type ApplyParams,
  applyOutcomeSchema,
  type InspectionEvent,
  type InspectOutcome,
  type InspectParams,
  inspectionEventSchema,
  inspectOutcomeSchema,
  quantizationMethods as methods,
  type UnitDetailOutcome,
  type UnitDetailParams,
  unitDetailOutcomeSchema,
} from '../../protocol/quantization';
import {
  type ChangeRecipeParams,
  type CreateRecipeParams,
  type RecipeReading,
  type RecipeTextOutcome,
  recipeMethods,
  recipeReadingSchema,
  recipeTextOutcomeSchema,
} from '../../protocol/recipe';
import type { RuntimeClient } from './client';

/** Measurements and recipes, as the runtime offers them. Like the client itself, nothing here rejects. */
export class QuantizationClient {
  readonly #client: RuntimeClient;
  #inspections = 0;

  constructor(client: RuntimeClient) {
    this.#client = client;
  }

  /** Measures a model. Aborting `signal` ends it: with a partial report, or a failure of kind `cancelled`. */
  inspect(
    params: Omit<InspectParams, 'progressToken'>,
    onEvent: (event: InspectionEvent) => void,
    signal: AbortSignal,
  ): Promise<InspectOutcome> {
    return this.#client.ask(inspectOutcomeSchema, signal, async runtime => {
      const progressToken = `inspect-${++this.#inspections}`;
      const unlisten = runtime.onProgress(progressToken, value => {
        const event = v.safeParse(inspectionEventSchema, value);
        if (event.success) onEvent(event.output);
      });
      try {
        return await runtime.request(methods.inspect, { ...params, progressToken }, signal);
      } finally {
        unlisten();
      }
    });
  }

  detail(params: UnitDetailParams, signal: AbortSignal): Promise<UnitDetailOutcome> {
    return this.#client.ask(unitDetailOutcomeSchema, signal, runtime =>
      runtime.request(methods.detail, params, signal),
    );
  }

  apply(params: ApplyParams, signal: AbortSignal): Promise<ApplyOutcome> {
    return this.#client.ask(applyOutcomeSchema, signal, runtime =>
      runtime.request(methods.apply, params, signal),
    );
  }

  /** What the text of a recipe says. */
  async readRecipe(text: string): Promise<RecipeReading> {
    const schema = v.object({ ok: v.literal(true), reading: recipeReadingSchema });
    const outcome = await this.#client.ask(schema, undefined, async runtime => ({
      ok: true,
      reading: await runtime.request(recipeMethods.read, { text }),
    }));
    return outcome.ok ? outcome.reading : { rules: [], problem: outcome.failure.message };
  }

  changeRecipe(params: ChangeRecipeParams): Promise<RecipeTextOutcome> {
    return this.#client.ask(recipeTextOutcomeSchema, undefined, runtime =>
      runtime.request(recipeMethods.change, params),
    );
  }

  createRecipe(params: CreateRecipeParams): Promise<RecipeTextOutcome> {
    return this.#client.ask(recipeTextOutcomeSchema, undefined, runtime =>
      runtime.request(recipeMethods.create, params),
    );
  }
}
