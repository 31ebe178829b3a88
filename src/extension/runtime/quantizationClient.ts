import * as v from 'valibot';
import {
  type ApplyOutcome,
  applyOutcomeSchema,
  type InspectionEvent,
  type InspectOutcome,
  type InspectParams,
  inspectionEventSchema,
  inspectOutcomeSchema,
  quantizationMethods as methods,
  type RecipeApplication,
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
import type { RuntimeProcess } from './runtimeProcess';

/** Measurements and recipes, as the runtime offers them. Like the client itself, nothing here rejects. */
export class QuantizationClient {
  readonly #client: RuntimeClient;

  constructor(client: RuntimeClient) {
    this.#client = client;
  }

  /** Measures a model. Aborting `signal` ends it: with a partial report, or a failure of kind `cancelled`. */
  inspect(
    params: Omit<InspectParams, 'progressToken'>,
    onEvent: (event: InspectionEvent) => void,
    signal: AbortSignal,
  ): Promise<InspectOutcome> {
    return this.#client.ask(inspectOutcomeSchema, signal, runtime =>
      withProgress(runtime, onEvent, progressToken =>
        runtime.request(methods.inspect, { ...params, progressToken }, signal),
      ),
    );
  }

  detail(params: UnitDetailParams, signal: AbortSignal): Promise<UnitDetailOutcome> {
    return this.#client.ask(unitDetailOutcomeSchema, signal, runtime =>
      runtime.request(methods.detail, params, signal),
    );
  }

  /** Writes the quantized model of a recipe; `onEvent` is told what is being done. */
  apply(
    params: RecipeApplication,
    onEvent: (event: InspectionEvent) => void,
    signal: AbortSignal,
  ): Promise<ApplyOutcome> {
    return this.#client.ask(applyOutcomeSchema, signal, runtime =>
      withProgress(runtime, onEvent, progressToken =>
        runtime.request(methods.apply, { ...params, progressToken }, signal),
      ),
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

let listeners = 0;

/** Asks with a token under which the runtime tells what it does meanwhile. */
async function withProgress(
  runtime: RuntimeProcess,
  onEvent: (event: InspectionEvent) => void,
  ask: (progressToken: string) => Promise<unknown>,
): Promise<unknown> {
  const progressToken = `quantization-${++listeners}`;
  const unlisten = runtime.onProgress(progressToken, value => {
    const event = v.safeParse(inspectionEventSchema, value);
    if (event.success) onEvent(event.output);
  });
  try {
    return await ask(progressToken);
  } finally {
    unlisten();
  }
}
