import * as v from 'valibot';
import type { Connection } from 'vscode-languageserver/node';
import { type Failure, StudioError } from '../protocol/failure';
import {
  changeRecipeParamsSchema,
  createRecipeParamsSchema,
  recipeMethods as methods,
  type RecipeReading,
  type RecipeTextOutcome,
  readRecipeParamsSchema,
} from '../protocol/recipe';
import { unexpected } from './failures';
import { changeRecipe, createRecipe, readingOf } from './recipes';
import { wrongParams } from './requests';

/** Answers the requests of `recipeMethods`. */
export function answerRecipeRequests(connection: Connection): void {
  connection.onRequest(methods.read, (raw: unknown): RecipeReading => {
    const params = v.safeParse(readRecipeParamsSchema, raw);
    if (!params.success) return { rules: [], problem: wrongParams(methods.read, params.issues).message };
    return readingOf(params.output.text);
  });
  connection.onRequest(methods.change, async (raw: unknown): Promise<RecipeTextOutcome> => {
    const params = v.safeParse(changeRecipeParamsSchema, raw);
    if (!params.success) return { ok: false, failure: wrongParams(methods.change, params.issues) };
    return textOf(() => changeRecipe(params.output));
  });
  connection.onRequest(methods.create, async (raw: unknown): Promise<RecipeTextOutcome> => {
    const params = v.safeParse(createRecipeParamsSchema, raw);
    if (!params.success) return { ok: false, failure: wrongParams(methods.create, params.issues) };
    return textOf(() => createRecipe(params.output));
  });
}

async function textOf(make: () => string | Promise<string>): Promise<RecipeTextOutcome> {
  try {
    return { ok: true, text: await make() };
  } catch (error) {
    return { ok: false, failure: failureOf(error) };
  }
}

function failureOf(error: unknown): Failure {
  return error instanceof StudioError ? error.failure : unexpected(error);
}
