import type { Graph } from '../../onnx/model';
import type {
  CalibrationInfo,
  InspectionEvent,
  InspectParams,
  PixelScale,
} from '../../protocol/quantization';
import type { SampleLimits, SampleSets } from './bundleSamples';

/** A graph that quantizers can be put into, with what it is fed. */
export interface SubjectGraph {
  readonly name: string;
  readonly graph: Graph;
  readonly samples: SampleSets;
  /** Sentences about what was decided about the graph and its samples. */
  readonly notes?: readonly string[];
}

/** A model as quantization sees it. */
export interface Subject {
  /** `sha256` is that of the weights: what recipes and ranges are made for. */
  readonly model: { readonly name: string; readonly sha256: string };
  readonly graphs: readonly SubjectGraph[];
  readonly info: Omit<CalibrationInfo, 'method'>;
  /** It holds quantizers already. */
  readonly quantizedAlready?: boolean;
  /** To be called when the graphs are no longer used. */
  close(): Promise<void>;
}

export interface SubjectRequest {
  readonly shapes: NonNullable<InspectParams['shapes']>;
  readonly values: NonNullable<InspectParams['values']>;
  readonly pixels: PixelScale;
  readonly calibrationPath: string | undefined;
  readonly limits: SampleLimits;
  readonly cacheDir: string;
  readonly threads: number;
  readonly onEvent: (event: InspectionEvent) => void;
  readonly signal: AbortSignal;
}
