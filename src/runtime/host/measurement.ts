import { basename, join } from 'node:path';
import { StudioError } from '../../protocol/failure';
import {
  type ApplyResult,
  type InspectionEvent,
  type InspectParams,
  type QuantizationReport,
  quantizationReportSchema,
  quantizedColumn,
  type RecipeApplication,
  type UnitDetail,
  type UnitDetailParams,
  unitDetailSchema,
} from '../../protocol/quantization';
import { eventsOf, mergeReports, withColumns } from './columns';
import { factsOf, recipeHash } from './measurementFacts';
import { ResultCache } from './resultCache';

type Inspection = Omit<InspectParams, 'progressToken'>;
export interface EngineOptions {
  cacheDir: string;
  threads: number;
}

/** What measures: `src/quantization`, or in tests something that misbehaves. */
export interface QuantizationEngine {
  /** No uniform scheme at all may be asked for, where a recipe is. */
  inspectModel(
    params: Inspection,
    onEvent: (event: InspectionEvent) => void,
    signal: AbortSignal,
    options: EngineOptions,
  ): Promise<QuantizationReport>;
  unitDetail(params: UnitDetailParams, signal: AbortSignal, options: EngineOptions): Promise<UnitDetail>;
  applyRecipe(
    params: RecipeApplication,
    onEvent: (event: InspectionEvent) => void,
    signal: AbortSignal,
    options: EngineOptions,
  ): Promise<ApplyResult>;
}

/** Measurements that remember what was measured before: column by column, so that an edited recipe costs one. */
export class Measurement {
  private readonly cache: ResultCache;

  constructor(
    private readonly engine: () => Promise<QuantizationEngine>,
    private readonly options: EngineOptions,
  ) {
    this.cache = new ResultCache(join(options.cacheDir, 'measurements'));
  }

  /**
   * @throws {StudioError} whatever keeps the model from being measured
   */
  async inspect(
    params: Inspection,
    onEvent: (event: InspectionEvent) => void,
    signal: AbortSignal,
  ): Promise<QuantizationReport> {
    const { recipePath, quantizedPath, settings, onlyKnown, ...rest } = params;
    const places = await this.placesOf(params);
    const columns = [
      ...settings.schemes,
      ...(quantizedPath === undefined ? [] : [quantizedColumn]),
      ...(recipePath === undefined ? [] : ['recipe']),
    ];
    const known = await this.known(places);
    const missing = columns.filter(column => !known?.columns.includes(column));
    if (known && missing.length === 0) return { ...withColumns(known.report, columns), settings };
    const there = columns.filter(column => !missing.includes(column));
    if (onlyKnown) {
      if (known && there.length > 0) return withColumns(known.report, there);
      throw new StudioError('usage', `${basename(params.modelPath)} was not measured yet: inspect it first.`);
    }
    for (const event of known ? eventsOf(known.report, there) : []) onEvent(event);
    const engine = await this.engine();
    const measured = await engine.inspectModel(
      {
        ...rest,
        settings: { ...settings, schemes: settings.schemes.filter(scheme => missing.includes(scheme)) },
        ...(quantizedPath !== undefined && missing.includes(quantizedColumn) ? { quantizedPath } : {}),
        ...(recipePath !== undefined && missing.includes('recipe') ? { recipePath } : {}),
      },
      onEvent,
      signal,
      this.options,
    );
    const merged = (known && mergeReports(known.report, measured)) ?? measured;
    if (!measured.partial) await this.remember(places, merged);
    return { ...withColumns(merged, columns), settings, partial: measured.partial };
  }

  /** @throws {StudioError} whatever keeps the unit from being measured */
  async detail(params: UnitDetailParams, signal: AbortSignal): Promise<UnitDetail> {
    const { inspection, graph, layer, scheme } = params;
    const { recipePath, settings } = inspection;
    const recipe = recipePath === undefined ? null : await recipeHash(recipePath);
    const facts = { ...(await factsOf(inspection, __filename)), graph, layer, scheme, recipe, settings };
    const known = await this.cache.read(facts, unitDetailSchema);
    if (known !== undefined) return known;
    const engine = await this.engine();
    const detail = await engine.unitDetail(params, signal, this.options);
    await this.cache.write(facts, detail);
    return detail;
  }

  /** @throws {StudioError} whatever keeps the recipe from being applied */
  async apply(
    params: RecipeApplication,
    onEvent: (event: InspectionEvent) => void,
    signal: AbortSignal,
  ): Promise<ApplyResult> {
    const engine = await this.engine();
    return engine.applyRecipe(params, onEvent, signal, this.options);
  }

  private async placesOf(params: Inspection): Promise<{ uniform: unknown; recipe: unknown }> {
    const facts = await factsOf(params, __filename);
    const recipe = params.recipePath === undefined ? null : await recipeHash(params.recipePath);
    return { uniform: facts, recipe: recipe === null ? null : { ...facts, recipe } };
  }

  private async known({
    uniform,
    recipe,
  }: {
    uniform: unknown;
    recipe: unknown;
  }): Promise<{ report: QuantizationReport; columns: string[] } | undefined> {
    const first = await this.cache.read(uniform, quantizationReportSchema);
    const second = recipe === null ? undefined : await this.cache.read(recipe, quantizationReportSchema);
    if (first === undefined) return undefined;
    const merged = second && mergeReports(first, second);
    return merged
      ? { report: merged, columns: [...uniformColumns(merged), 'recipe'] }
      : { report: first, columns: uniformColumns(first) };
  }

  private async remember(
    { uniform, recipe }: { uniform: unknown; recipe: unknown },
    report: QuantizationReport,
  ): Promise<void> {
    const columns = uniformColumns(report);
    await this.cache.write(uniform, withColumns(report, columns));
    if (recipe !== null) await this.cache.write(recipe, withColumns(report, [...columns, 'recipe']));
  }
}

/** Columns that no recipe decides. */
function uniformColumns({ settings, quantized }: QuantizationReport): string[] {
  return [...settings.schemes, ...(quantized === undefined ? [] : [quantizedColumn])];
}
