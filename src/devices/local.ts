import { isBuiltPrecision } from '../architecture/build';
import { type Bundle, openBundle } from '../bundle/bundle';
import { type DerivedGraphs, deriveGraphs } from '../bundle/derive';
import { exportedGraphs } from '../bundle/exportedGraphs';
import { loadModel } from '../engine/loadModel';
import type { LoadedModel, OpenOptions, Target } from '../engine/target';
import { StudioError } from '../protocol/failure';
import type { TargetInfo } from '../protocol/models';
import { exportedPrecision, type Precision } from '../protocol/prompt';
import { openSimulation } from '../quantization/bundle/simulation';

/** This machine's processor, through ONNX Runtime's own CPU kernels. */
class LocalCpu implements Target {
  readonly info: TargetInfo = { id: 'local-cpu', label: 'This machine (CPU)', available: true };

  async open(bundleDir: string, options: OpenOptions): Promise<LoadedModel> {
    const { precision, cacheDir, threads, onProgress, signal } = options;
    const checkpoint = () => {
      if (signal?.aborted) throw new StudioError('cancelled', 'Loading the model was stopped.');
    };
    const bundle = await openBundle(bundleDir);
    checkpoint();
    const graphs = await openGraphs(bundle, precision, cacheDir, message => {
      checkpoint();
      onProgress?.(message);
    });
    checkpoint();
    onProgress?.(`Loading ${bundle.name} in ${precision}`);
    return loadModel(bundle, graphs, { precision, threads });
  }
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

/** The targets of this machine. */
export function localTargets(): Target[] {
  return [new LocalCpu()];
}

/** @throws {StudioError} `usage` naming the targets there are */
export function findTarget(id: string): Target {
  const targets = localTargets();
  const target = targets.find(({ info }) => info.id === id);
  if (target !== undefined) return target;
  const known = targets.map(({ info }) => info.id).join(', ');
  throw new StudioError('usage', `There is no target ${id}: choose one of ${known}.`);
}
