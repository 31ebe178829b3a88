import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { StudioError } from '../../protocol/failure';
import type { SchemeOf } from '../graph/placement';
import { assignmentOf } from './assignment';
import { parseRecipe, type Recipe } from './recipe';

const maxBytes = 1 << 22;

export interface NamedRecipe {
  /** Of the file, for sentences. */
  readonly name: string;
  readonly recipe: Recipe;
  readonly text: string;
}

/** @throws {StudioError} `file-missing`, or `recipe-invalid` with line and column */
export async function readRecipeFile(path: string): Promise<NamedRecipe> {
  const name = basename(path);
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile() !== true)
    throw new StudioError('file-missing', `There is no recipe at ${path}: choose a *.quant.yaml file.`);
  if (stats.size > maxBytes)
    throw new StudioError('recipe-invalid', `${name} is larger than any recipe: choose a *.quant.yaml file.`);
  const text = await readFile(path, 'utf8');
  return { name, recipe: parseRecipe(text, name), text };
}

/** The scheme that a recipe gives each unit. */
export function schemesOfRecipe(recipe: Recipe): SchemeOf {
  return ({ layer }) => {
    const { scheme, weights } = assignmentOf(recipe, layer);
    return scheme === 'float' ? null : { scheme, weights };
  };
}
