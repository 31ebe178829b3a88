import path from 'node:path';
import type { Failure } from '../../protocol/failure';
import {
  type InspectionEvent,
  type InspectOutcome,
  type InspectParams,
  type PixelScale,
  type QuantizationReport,
  type QuantizationSettings,
  quantizedColumn,
  type UnitDetailOutcome,
  type UnitDetailParams,
} from '../../protocol/quantization';
import {
  type CellAddress,
  type InspectionSide,
  inspectionSides,
  type MeasurementRun,
} from '../../protocol/quantizationView';
import { type FactMemory, type ModelFacts, noFacts, withAsks } from './facts';

/** What measures; never rejects. */
export interface Measuring {
  inspect(
    params: Omit<InspectParams, 'progressToken'>,
    onEvent: (event: InspectionEvent) => void,
    signal: AbortSignal,
  ): Promise<InspectOutcome>;
  detail(params: UnitDetailParams, signal: AbortSignal): Promise<UnitDetailOutcome>;
}

/** What survives a window reload; figures do not, since the runtime remembers them. */
export interface SessionContent {
  /** Absolute path of a bundle folder or an .onnx file. */
  modelPath: string;
  comparedPath: string | null;
  settings: QuantizationSettings;
  /** Absolute path of a folder or file of samples; null = the model's own, or random inputs. */
  calibrationPath: string | null;
  /** Whether a measurement came to its end, so that opening again shows it at no cost. */
  measured: boolean;
}

export type SessionChange =
  | { type: 'event'; side: InspectionSide; event: InspectionEvent }
  /** A run began or ended, a model came or went. */
  | { type: 'state' };

/** One model of a session with its figures so far. */
export interface Side {
  readonly modelPath: string;
  run: MeasurementRun;
  report: QuantizationReport | null;
  events: InspectionEvent[];
  facts: ModelFacts;
}

/**
 * The measurements of one panel: of its model, and of another beside it. It knows neither the editor nor the runtime.
 * What was measured stays until the next measurement replaces it, however the last one ended.
 */
export class QuantizationSession {
  readonly id: string;
  readonly #measuring: Measuring;
  readonly #memory: FactMemory;
  readonly #listeners = new Set<(change: SessionChange) => void>();
  readonly #sides: { readonly model: Side; compared: Side | null };
  #content: SessionContent;
  #abort: AbortController | undefined;
  /** Of the runs that began last, also after they ended. */
  #latest: AbortSignal | undefined;
  #detail: AbortController | undefined;
  /** Of the runs that are going on; undefined = the model has no recipe that can be used. */
  #recipePath: string | undefined;
  #lookedAtScheme: string | undefined;

  constructor(id: string, content: SessionContent, measuring: Measuring, memory: FactMemory) {
    this.id = id;
    this.#content = content;
    this.#measuring = measuring;
    this.#memory = memory;
    const { modelPath, comparedPath } = content;
    this.#sides = {
      model: this.#sideOf(modelPath),
      compared: comparedPath === null ? null : this.#sideOf(comparedPath),
    };
  }

  get content(): SessionContent {
    return this.#content;
  }

  get model(): Side {
    return this.#sides.model;
  }

  get compared(): Side | null {
    return this.#sides.compared;
  }

  /** Absolute path of the float model: recipes are written for it. */
  get floatPath(): string {
    return this.model.facts.originalPath ?? this.model.modelPath;
  }

  /** Absolute path of the recipe that the model was exported with; undefined where it is no exported folder. */
  get exportedRecipePath(): string | undefined {
    const { modelPath, facts } = this.model;
    return facts.originalPath === null || isBareGraph(modelPath) ? undefined : exportedRecipe(modelPath);
  }

  /** What the model is fed with in a measurement: an export is made with the same. */
  get samples(): Pick<InspectParams, 'calibration' | 'shapes' | 'values' | 'pixels'> {
    const { calibration, shapes, values, pixels } = this.#inspectionOf('model', this.model);
    return {
      ...(calibration && { calibration }),
      ...(shapes && { shapes }),
      ...(values && { values }),
      ...(pixels && { pixels }),
    };
  }

  /** Of the cell that a person looked at last: a first recipe begins with it. */
  get lookedAtScheme(): string {
    return this.#lookedAtScheme ?? this.#content.settings.schemes[0] ?? 'w8a16';
  }

  get running(): boolean {
    return this.#abort !== undefined;
  }

  /** Calls `listener` after every change; the returned function ends that. */
  subscribe(listener: (change: SessionChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Measures both models, one after the other; a run that is going on is ended first. Resolves when they have ended.
   * @param recipePath absolute path of the model's recipe, measured as a column of its own
   */
  async measure(settings: QuantizationSettings, recipePath: string | undefined): Promise<void> {
    this.cancel();
    const abort = new AbortController();
    this.#abort = abort;
    this.#latest = abort.signal;
    this.#recipePath = recipePath;
    // Measured once, the costly columns are remembered, whatever becomes of a later run for the recipe's column.
    const same = JSON.stringify(settings) === JSON.stringify(this.#content.settings);
    this.#content = { ...this.#content, settings, measured: same && this.#content.measured };
    const sides = inspectionSides.flatMap(name => {
      const side = this.#sides[name];
      return side ? [{ name, side }] : [];
    });
    for (const { side } of sides)
      Object.assign(side, { run: { state: 'running' }, report: null, events: [] });
    this.#emit({ type: 'state' });
    for (const { name, side } of sides) await this.#run(name, side, abort.signal);
    if (this.#abort !== abort) return;
    this.#abort = undefined;
    const done = sides.every(({ side }) => side.run.state === 'done');
    this.#content = { ...this.#content, measured: done || this.#content.measured };
    this.#emit({ type: 'state' });
  }

  /** Ends every run; what is measured so far stays. */
  cancel(): void {
    const abort = this.#abort;
    if (!abort) return;
    this.#abort = undefined;
    abort.abort();
    for (const side of Object.values(this.#sides))
      if (side?.run.state === 'running') side.run = { state: 'cancelled' };
    this.#emit({ type: 'state' });
  }

  /** Measures one unit; the detail asked for before it is given up. */
  async detail(cell: CellAddress): Promise<UnitDetailOutcome> {
    this.#detail?.abort();
    const side = this.#sides[cell.side];
    if (!side) return { ok: false, failure: noModel };
    const abort = new AbortController();
    this.#detail = abort;
    const { graph, layer, scheme } = cell;
    if (scheme !== 'recipe' && scheme !== quantizedColumn) this.#lookedAtScheme = scheme;
    const { recipePath, quantizedPath, ...inspection } = this.#inspectionOf(cell.side, side);
    if (scheme === quantizedColumn) {
      if (quantizedPath === undefined || isBareGraph(quantizedPath))
        return { ok: false, failure: measuredAsItIs };
      // What was exported is what its recipe says.
      const exported = { ...inspection, recipePath: exportedRecipe(quantizedPath) };
      return this.#measuring.detail({ inspection: exported, graph, layer, scheme: 'recipe' }, abort.signal);
    }
    // Of a uniform scheme the runtime remembers the details whatever became of the recipe.
    const recipe = scheme === 'recipe' && recipePath !== undefined ? { recipePath } : {};
    const asked = { inspection: { ...inspection, ...recipe }, graph, layer, scheme };
    return this.#measuring.detail(asked, abort.signal);
  }

  /** Puts another model beside the first, or takes it away. Ends a run that is going on. */
  compareWith(comparedPath: string | null): void {
    this.cancel();
    this.#content = { ...this.#content, comparedPath, measured: false };
    this.#sides.compared = comparedPath === null ? null : this.#sideOf(comparedPath);
    this.#emit({ type: 'state' });
  }

  /**
   * Other samples for the next measurement. Sizes that were given hold for pictures and made-up inputs alike; tensors
   * bring their own.
   */
  calibrateWith(calibrationPath: string | null, samples: 'pictures' | 'tensors' = 'tensors'): void {
    this.#content = { ...this.#content, calibrationPath, measured: false };
    if (calibrationPath === null || samples === 'pictures')
      for (const side of [this.model, this.compared])
        if (side) this.#remember(side, { ...side.facts, calibrationPath });
    this.#emit({ type: 'state' });
  }

  /** Sizes and numbers for the inputs that a model leaves open, for the next measurement. */
  supply(name: InspectionSide, { shapes, values }: Pick<ModelFacts, 'shapes' | 'values'>): void {
    const { calibrationPath } = this.#content;
    this.#learn(name, { shapes, values, calibrationPath });
  }

  /** How bare graphs take pictures in the next measurement. */
  takePixels(pixels: PixelScale): void {
    for (const name of inspectionSides) this.#learn(name, { pixels });
  }

  /** The float model that a quantized one is measured against from now on; null = it stands alone. */
  compareWithOriginal(name: InspectionSide, originalPath: string | null): void {
    this.#learn(name, { originalPath });
  }

  /** Ends everything without a word: nobody looks any more. */
  dispose(): void {
    this.#listeners.clear();
    this.cancel();
    this.#detail?.abort();
  }

  async #run(name: InspectionSide, side: Side, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const onEvent = (event: InspectionEvent) => {
      if (signal.aborted) return;
      appendEvent(side.events, event);
      this.#emit({ type: 'event', side: name, event });
    };
    const outcome = await this.#measuring.inspect(this.#inspectionOf(name, side), onEvent, signal);
    if (this.#latest !== signal) return;
    // A cancelled run may still bring what it had measured.
    if (outcome.ok) side.report = outcome.report;
    else this.#remember(side, withAsks(side.facts, outcome.failure));
    if (!signal.aborted)
      side.run = outcome.ok ? { state: 'done' } : { state: 'failed', failure: outcome.failure };
    this.#emit({ type: 'state' });
  }

  #inspectionOf(name: InspectionSide, side: Side): Omit<InspectParams, 'progressToken'> {
    const { settings, calibrationPath } = this.#content;
    const { shapes, values, pixels, originalPath } = side.facts;
    const sized = Object.keys(shapes).length > 0 && side.facts.calibrationPath === calibrationPath;
    const pictured = pixels !== null && calibrationPath !== null && isBareGraph(side.modelPath);
    return {
      modelPath: originalPath ?? side.modelPath,
      ...(originalPath !== null && { quantizedPath: side.modelPath }),
      settings,
      ...(calibrationPath !== null && { calibration: { path: calibrationPath } }),
      ...(sized && { shapes }),
      ...(Object.keys(values).length > 0 && { values }),
      ...(pictured && { pixels }),
      ...(name === 'model' && this.#recipePath !== undefined && { recipePath: this.#recipePath }),
    };
  }

  #learn(name: InspectionSide, facts: Partial<ModelFacts>): void {
    const side = this.#sides[name];
    if (!side) return;
    this.#remember(side, { ...side.facts, ...facts });
    this.#content = { ...this.#content, measured: false };
    this.#emit({ type: 'state' });
  }

  #remember(side: Side, facts: ModelFacts): void {
    if (JSON.stringify(facts) === JSON.stringify(side.facts)) return;
    side.facts = facts;
    this.#memory.save(side.modelPath, facts);
  }

  #sideOf(modelPath: string): Side {
    const facts = this.#memory.load(modelPath) ?? noFacts;
    return { modelPath, run: { state: 'idle' }, report: null, events: [], facts };
  }

  #emit(change: SessionChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

const measuredAsItIs: Failure = {
  kind: 'usage',
  message:
    'This file is measured as it is, and its quantizers cannot be taken apart: click the column of a scheme for details.',
};
const noModel: Failure = { kind: 'usage', message: 'There is no second model in this panel any more.' };

/** A graph that comes without samples of its own, unlike a bundle. */
export function isBareGraph(modelPath: string): boolean {
  return /\.onnx$/i.test(modelPath);
}

/** Where an exported folder keeps the recipe it was made with. */
function exportedRecipe(bundleDir: string): string {
  return path.join(bundleDir, 'quantization', 'recipe.quant.yaml');
}

/** Name for people: the bundle's folder, or the file without its ending. */
export function modelName(modelPath: string): string {
  return path.basename(modelPath).replace(/\.onnx$/i, '');
}

/** Of the status only the latest is kept: a page that is drawn anew needs no history. */
function appendEvent(events: InspectionEvent[], event: InspectionEvent): void {
  const last = events.findIndex(({ type }) => type === 'status');
  if (event.type === 'status' && last >= 0) events.splice(last, 1);
  events.push(event);
}
