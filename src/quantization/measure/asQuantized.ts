import { setImmediate } from 'node:timers/promises';
import { Simulation, type SimulationTensor } from '../../engine/simulation';
import type { Graph } from '../../onnx/model';
import { StudioError } from '../../protocol/failure';
import type { ErrorFigure, Unmeasured } from '../../protocol/quantization';
import { counterpartOf, counterpartsOf } from '../graph/counterparts';
import type { ErrorSums } from '../graph/reductions';
import { type PlannedUnit, unitsOf } from '../graph/units';
import { lastFloatOutput, type Wiring, wiringOf } from '../graph/wiring';
import { runFailure } from '../runFailure';
import type { Feeds } from '../samples/feeds';
import { sizesOf } from './accumulated';
import { addSums, figureOf, noSums } from './figures';

/** Values leave both graphs to be compared: as many at once as fit into this. */
const chunkBytes = 128 * 2 ** 20;
/** Of a value whose shape is not known. */
const assumedBytes = 2 ** 20;

export interface QuantizedMeasurement {
  readonly float: Graph;
  readonly quantized: Graph;
  /** Of the quantized model, for sentences. */
  readonly quantizedName: string;
  readonly samples: readonly Feeds[];
  readonly threads: number;
  readonly signal: AbortSignal;
  onProgress(done: number, total: number): void;
}

export interface QuantizedFigures {
  /** One for each unit of the float graph, in their order; null without a counterpart. */
  readonly figures: (ErrorFigure | null)[];
  readonly output: ErrorFigure | null;
  readonly unmatched: readonly Unmeasured[];
}

interface Pair {
  readonly float: string;
  readonly quantized: string;
  readonly bytes: number;
}

/**
 * Accumulated errors of a model that was quantized elsewhere, at the outputs of its float original's units, behind their
 * quantizers. The graphs may be written for different versions of ONNX, so each runs in a session of its own and their
 * values are compared outside, in fp64.
 * @throws {StudioError} `model-invalid` when one does not run on the samples, or they have nothing in common; `cancelled`
 */
export async function measureAsQuantized(measurement: QuantizedMeasurement): Promise<QuantizedFigures> {
  const { samples, quantizedName } = measurement;
  const float = wiringOf(measurement.float);
  const quantized = wiringOf(measurement.quantized);
  const { units } = unitsOf(measurement.float, sizesOf(samples[0] ?? {}));
  const { values, unmatched } = counterpartsOf(float, units, quantized, quantizedName);
  const output = lastFloatOutput(float);
  const pairs = pairsOf(units, values);
  const nodes = new Map(quantized.graph.nodes.map((node, index) => [node.name, index]));
  const last = output === undefined ? undefined : counterpartOf(output, float, quantized, nodes);
  if (output !== undefined && last !== undefined && !values.has(output))
    pairs.push({ float: output, quantized: last, bytes: assumedBytes });
  if (pairs.length === 0) {
    const message = `${quantizedName} has no layer in common with ${float.graph.name}: give the float model that it was made of.`;
    throw new StudioError('model-invalid', message);
  }
  const sums = await sumsOf(pairs, float, quantized, measurement);
  const figure = (value: string): ErrorFigure | null => {
    const found = sums.get(value);
    return found == null ? null : figureOf(found);
  };
  return {
    figures: units.map(unit => figure(unit.output)),
    output: output === undefined ? null : figure(output),
    unmatched: [...unmatched, ...misshapen(units, sums, quantizedName)],
  };
}

function pairsOf(units: readonly PlannedUnit[], values: ReadonlyMap<string, string>): Pair[] {
  return units.flatMap(({ output, outputShape }) => {
    const quantized = values.get(output);
    if (quantized === undefined) return [];
    const bytes = outputShape?.reduce((product, size) => product * size, 4) ?? assumedBytes;
    return [{ float: output, quantized, bytes }];
  });
}

function misshapen(
  units: readonly PlannedUnit[],
  sums: ReadonlyMap<string, ErrorSums | null>,
  quantizedName: string,
): Unmeasured[] {
  return units
    .filter(({ output }) => sums.get(output) === null)
    .map(({ layer }) => ({
      layer,
      reason: `Its output has another shape or type in ${quantizedName}, so it is not compared.`,
    }));
}

/** Null for pairs of different shapes or of other types than fp32. */
async function sumsOf(
  pairs: readonly Pair[],
  float: Wiring,
  quantized: Wiring,
  { samples, threads, signal, quantizedName, onProgress }: QuantizedMeasurement,
): Promise<Map<string, ErrorSums | null>> {
  const sums = new Map<string, ErrorSums | null>(pairs.map(pair => [pair.float, noSums]));
  const chunks = chunksOf(pairs);
  for (const [index, chunk] of chunks.entries()) {
    const opened: Simulation[] = [];
    try {
      const open = async (wiring: Wiring, name: string, side: 'float' | 'quantized') => {
        const graph = withOutputs(
          wiring,
          chunk.map(pair => pair[side]),
        );
        const simulation = await orSentence(name, () => Simulation.open(graph, { threads }));
        opened.push(simulation);
        return (sample: Feeds) => orSentence(name, () => simulation.run(feedsFor(graph, sample, name)));
      };
      const runFloat = await open(float, float.graph.name, 'float');
      const runQuantized = await open(quantized, quantizedName, 'quantized');
      for (const [sample, feeds] of samples.entries()) {
        await setImmediate();
        if (signal.aborted) throw new StudioError('cancelled', 'The measurement was cancelled.');
        const x = await runFloat(feeds);
        const q = await runQuantized(feeds);
        for (const pair of chunk) {
          const before = sums.get(pair.float) ?? null;
          const fresh = before === null ? null : difference(x[pair.float], q[pair.quantized]);
          sums.set(pair.float, before === null || fresh === null ? null : addSums(before, fresh));
        }
        onProgress(index * samples.length + sample + 1, chunks.length * samples.length);
      }
    } finally {
      for (const simulation of opened) await simulation.close();
    }
  }
  return sums;
}

function chunksOf(pairs: readonly Pair[]): Pair[][] {
  const chunks: Pair[][] = [];
  let bytes = 0;
  for (const pair of pairs) {
    const last = chunks.at(-1);
    bytes += 2 * pair.bytes;
    if (last !== undefined && bytes <= chunkBytes) last.push(pair);
    else {
      chunks.push([pair]);
      bytes = 2 * pair.bytes;
    }
  }
  return chunks;
}

function withOutputs({ graph, kinds }: Wiring, names: readonly string[]): Graph {
  const outputs = [...new Set(names)].map(name => ({ name, type: kinds.type(name), dims: undefined }));
  return { ...graph, outputs };
}

function feedsFor({ inputs }: Graph, sample: Feeds, name: string): Feeds {
  return Object.fromEntries(
    inputs.map(input => {
      const tensor = sample[input.name];
      if (tensor !== undefined) return [input.name, tensor];
      const message = `${name} takes the input ${input.name}, which its float original does not: give the float model that it was made of.`;
      throw new StudioError('model-invalid', message);
    }),
  );
}

async function orSentence<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const what = `ONNX Runtime cannot run ${name} on the samples`;
    throw runFailure(error, what, 'check that both models take the same inputs');
  }
}

function difference(x: SimulationTensor | undefined, q: SimulationTensor | undefined): ErrorSums | null {
  const [float, quantized] = [x?.data, q?.data];
  if (!(float instanceof Float32Array) || !(quantized instanceof Float32Array)) return null;
  if (x?.dims.join() !== q?.dims.join()) return null;
  let [signal, noise, product, maxError] = [0, 0, 0, 0];
  for (let index = 0; index < float.length; index++) {
    const value = float[index] as number;
    const error = value - (quantized[index] as number);
    signal += value * value;
    noise += error * error;
    product += value * error;
    maxError = Math.max(maxError, Math.abs(error));
  }
  return { signal, noise, product, maxError };
}
