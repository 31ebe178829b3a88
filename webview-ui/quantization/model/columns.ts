import type { QuantizationSettings } from '../../../src/protocol/quantization';
import { isBelow } from './figures';
import { type Column, cellOf, type Layer } from './layers';
import type { GraphTable } from './table';

/** A model beside which another may stand, as its columns need it. */
interface Side {
  readonly tables: readonly GraphTable[];
  /** Whether a recipe is there, so that its column is shown even before it is measured. */
  readonly recipe: boolean;
}

/**
 * The columns: the asked schemes, other schemes that were measured, the recipe. Behind each stands the other model's, so
 * that both are in sight in a narrow pane too.
 */
export function columnsOf(settings: QuantizationSettings, model: Side, compared: Side | null): Column[] {
  const own = schemesOf(settings, model).map(scheme => ({ side: 'model' as const, scheme }));
  if (!compared) return own;
  const other = schemesOf(settings, compared).map(scheme => ({ side: 'compared' as const, scheme }));
  const twins = own.flatMap(column => [column, ...other.filter(({ scheme }) => scheme === column.scheme)]);
  return [...twins, ...other.filter(({ scheme }) => own.every(column => column.scheme !== scheme))];
}

function schemesOf(settings: QuantizationSettings, side: Side): string[] {
  const measured = side.tables.flatMap(table => [...table.figures.keys()]);
  const schemes = new Set([...settings.schemes, ...measured]);
  const recipe = schemes.delete('recipe') || side.recipe;
  return recipe ? [...schemes, 'recipe'] : [...schemes];
}

/** Layers below the limit in a column; null before its first figure. */
export function countBelow(layers: readonly Layer[], column: Column, thresholdDb: number): number | null {
  let count = 0;
  let measured = false;
  for (const layer of layers) {
    const cell = cellOf(layer, column);
    if (cell === undefined) continue;
    measured ||= layer.places[column.side] !== null;
    if (isBelow(cell, thresholdDb)) count++;
  }
  return measured ? count : null;
}

export function sameColumn(first: Column, second: Column): boolean {
  return first.side === second.side && first.scheme === second.scheme;
}
