import type { Graph } from '../../onnx/model';
import { StudioError } from '../../protocol/failure';
import type { InspectionEvent } from '../../protocol/quantization';
import { calibratedValues, type Statistics } from '../graph/placement';
import { unitsOf } from '../graph/units';
import { wiringOf } from '../graph/wiring';
import { calibrate } from '../measure/calibrate';
import type { Feeds } from '../samples/feeds';

export interface FindingRanges {
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: InspectionEvent) => void;
}

/** Ranges of the values of graphs; a graph that is asked for again, for other figures, is not run again. */
export class RangeFinder {
  private readonly known = new Map<Graph, Statistics>();

  /** @param histograms needed by every method of calibration but `minmax` */
  constructor(private readonly histograms: boolean) {}

  /** @throws {StudioError} `cancelled`, `usage` without samples, or what keeps the graph from running */
  async of(
    name: string,
    graph: Graph,
    samples: readonly Feeds[],
    { threads, signal, onEvent }: FindingRanges,
  ): Promise<Statistics> {
    const known = this.known.get(graph);
    if (known !== undefined) return known;
    const [first] = samples;
    if (first === undefined)
      throw new StudioError(
        'usage',
        `There is no sample to find the ranges of ${name} with: give one or more.`,
      );
    const sizes = Object.fromEntries(Object.entries(first).map(([input, { dims }]) => [input, dims]));
    const wiring = wiringOf(graph);
    const { histograms } = this;
    const total = samples.length;
    const onProgress = (done: number): void =>
      onEvent({
        type: 'status',
        message: `Finding the ranges of ${name}`,
        done: Math.floor(done * total),
        total,
      });
    const values = calibratedValues(unitsOf(graph, sizes).units, wiring);
    const found = await calibrate({ wiring, values, samples, histograms, threads, signal, onProgress });
    this.known.set(graph, found);
    return found;
  }
}
