import { isBuiltPrecision } from '../architecture/build';
import { type Bundle, openBundle } from '../bundle/bundle';
import { type DerivedGraphs, deriveGraphs } from '../bundle/derive';
import { sha256OfText } from '../bundle/digest';
import { exportedGraphs } from '../bundle/exportedGraphs';
import { loadModel, openParts } from '../engine/loadModel';
import {
  LocalMeasuredModel,
  type MeasuredModel,
  type MeasureOptions,
  type ProfilingTarget,
  type Sensors,
  type TargetIdentity,
} from '../engine/measuredModel';
import { defaultThreads } from '../engine/onnxRuntime';
import type { LoadedModel, OpenOptions, Target } from '../engine/target';
import { StudioError } from '../protocol/failure';
import type { TargetInfo } from '../protocol/models';
import { exportedPrecision, type Precision } from '../protocol/prompt';
import { openSimulation } from '../quantization/bundle/simulation';
import { identifyMachine } from './machine';
import { unavailable } from './probe';
import { type LocalProvider, localProviders } from './providers';
import { LocalSensors } from './sensors';

/** This machine, through one of ONNX Runtime's providers; what a provider cannot run falls to the CPU. */
class LocalTarget implements ProfilingTarget {
  readonly info: TargetInfo;

  constructor(private readonly provider: LocalProvider) {
    this.info = { id: provider.targetId, label: provider.label, available: true };
  }

  async open(bundleDir: string, options: OpenOptions): Promise<LoadedModel> {
    const { bundle, graphs } = await prepare(bundleDir, options);
    const { precision, threads } = options;
    return this.opening(() => loadModel(bundle, graphs, { precision, threads, ...this.choice() }));
  }

  async openMeasured(bundleDir: string, options: MeasureOptions): Promise<MeasuredModel> {
    const { bundle, graphs } = await prepare(bundleDir, options);
    const { precision, profileDir } = options;
    const threads = options.threads || defaultThreads();
    const choices = { ...this.choice(), ...(profileDir !== undefined && { profileDir }) };
    const parts = await this.opening(() => openParts(bundle, graphs, threads, choices));
    const recipeSha256 = await recipeSha256Of(bundle, precision);
    const { weightsSha256 } = bundle;
    const facts = { precision, threads, graphSha256: graphSha256Of(bundle), weightsSha256, recipeSha256 };
    return new LocalMeasuredModel(parts, bundle.info(), facts);
  }

  identify(): Promise<TargetIdentity> {
    return identifyMachine();
  }

  sensors(): Sensors {
    return new LocalSensors();
  }

  private choice(): { provider?: string } {
    return this.provider.provider === 'cpu' ? {} : { provider: this.provider.provider };
  }

  /** @throws {StudioError} `target-unavailable` when the provider, and not the model, is what cannot be opened */
  private async opening<T>(work: () => Promise<T>): Promise<T> {
    const why = this.provider.provider === 'cpu' ? null : await unavailable(this.provider);
    if (why === null) return work();
    const message = `${this.info.label} cannot be used (${why.problem}): ${why.fix}.`;
    throw new StudioError('target-unavailable', message);
  }
}

/** Opens a bundle and has its graphs at hand. */
async function prepare(
  bundleDir: string,
  { precision, cacheDir, onProgress, onDerive, signal }: MeasureOptions,
): Promise<{ bundle: Bundle; graphs: DerivedGraphs }> {
  const checkpoint = () => {
    if (signal?.aborted) throw new StudioError('cancelled', 'Loading the model was stopped.');
  };
  const bundle = await openBundle(bundleDir);
  checkpoint();
  const graphs = await openGraphs(bundle, precision, cacheDir, message => {
    checkpoint();
    onDerive?.();
    onProgress?.(message);
  });
  checkpoint();
  onProgress?.(`Loading ${bundle.name} in ${precision}`);
  return { bundle, graphs };
}

/**
 * Digest of what decides a model's graphs, by which runs of the same model are told: a word in its card leaves it as it
 * is. The graphs of an exported bundle may have their weights beside them, so those that it was made from count too.
 */
export function graphSha256Of({ graphSha256, weightsSha256 }: Bundle): string {
  return sha256OfText(`${graphSha256}-${weightsSha256}`);
}

/** Digest of what decides a build's quantizers; null where it has none. */
async function recipeSha256Of(bundle: Bundle, precision: Precision): Promise<string | null> {
  if (bundle.exported !== undefined) return bundle.exported.recipe.sha256;
  if (precision === exportedPrecision || isBuiltPrecision(precision)) return null;
  return (await openSimulation(bundle, precision)).sha256;
}

/**
 * The graphs of a bundle in a precision: derived from its weights, or the written ones of an exported bundle.
 * @throws {StudioError} `precision-unknown` for one that the bundle does not have; else what is wrong with it
 */
export async function openGraphs(
  bundle: Bundle,
  precision: Precision,
  cacheDir: string,
  onProgress: (message: string) => void,
): Promise<DerivedGraphs> {
  bundle.checkPrecision(precision);
  if (precision === exportedPrecision) return await exportedGraphs(bundle);
  const made = isBuiltPrecision(precision) ? precision : await openSimulation(bundle, precision);
  return await deriveGraphs(bundle, made, cacheDir, onProgress);
}

/** The targets that every machine of this system has, found without loading a library. */
export function localTargets(): Target[] {
  return localProviders
    .filter(({ provider }) => provider === 'cpu')
    .map(provider => new LocalTarget(provider));
}

/**
 * A target of this machine, whether or not it can be used: opening a model on it tells.
 * @throws {StudioError} `usage` naming the targets there are
 */
export function findTarget(id: string): ProfilingTarget {
  const found = localProviders.find(({ targetId }) => targetId === id);
  if (found !== undefined) return new LocalTarget(found);
  const known = localProviders.map(({ targetId }) => targetId).join(', ');
  throw new StudioError('usage', `There is no target ${id}: choose one of ${known}.`);
}
