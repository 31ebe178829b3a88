/**
 * Accumulated errors of Nano's vision encoder, here and by onnxruntime.quantization's `qdq_loss_debug`, with identical
 * encodings: `npm run quantization-peer -- --images 64`. Needs a Python with onnxruntime, onnx and numpy (`$PYTHON`).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildGraph } from '../src/architecture/build';
import { openBundle } from '../src/bundle/bundle';
import { encodeModel } from '../src/onnx/encode';
import { bytesOf } from '../src/onnx/graphBuilder';
import type { Graph, Node, Tensor } from '../src/onnx/model';
import { fakeQuantized } from '../src/quantization/graph/constants';
import {
  calibratedValues,
  planQuantizers,
  type QuantizerPlan,
  uniform,
} from '../src/quantization/graph/placement';
import { unitsOf } from '../src/quantization/graph/units';
import { wiringOf } from '../src/quantization/graph/wiring';
import { measureAccumulated } from '../src/quantization/measure/accumulated';
import { calibrate } from '../src/quantization/measure/calibrate';
import type { Feeds } from '../src/quantization/samples/feeds';
import { machine, numberArgument } from './summary';

const images = numberArgument('--images', 64);
const scheme = 'w8a16';
const settings = { calibrationMethod: 'minmax', htp: 'none' } as const;
const { signal } = new AbortController();
const root = path.join(import.meta.dirname, '..', '..');

/** Noise of many scales: nothing but the cost and the agreement of two programs is measured with it. */
function picture(seed: number, dims: readonly number[]): Feeds {
  const count = dims.reduce((product, size) => product * size, 1);
  const data = Float32Array.from(
    { length: count },
    (_, index) => Math.sin(seed + index * 0.37) * Math.cos(index * 0.011),
  );
  return { pixel_values: { type: 'float32', dims, data } };
}

/** The quantized model as a file, under the names that `qdq_loss_debug` looks for. */
function quantizedModel(graph: Graph, { weights, activations }: QuantizerPlan): Graph {
  const constants = graph.initializers.map((tensor): Tensor => {
    const planned = weights.get(tensor.name);
    return planned === undefined ? tensor : fakeQuantized(tensor, tensor.name, planned);
  });
  const after = (value: string): string =>
    activations.has(value) ? `${value}_DequantizeLinear_Output` : value;
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    nodes.push({ ...node, inputs: node.inputs.map(after) });
    for (const output of node.outputs) {
      const encoding = activations.get(output);
      if (encoding === undefined) continue;
      const [scale, zero, steps] = [
        `${output}_scale`,
        `${output}_zero_point`,
        `${output}_QuantizeLinear_Output`,
      ];
      constants.push({
        name: scale,
        type: 'float32',
        dims: [],
        data: bytesOf(Float32Array.of(encoding.scale)),
      });
      constants.push({
        name: zero,
        type: 'uint16',
        dims: [],
        data: bytesOf(Uint16Array.of(encoding.zeroPoint)),
      });
      const common = { name: '', domain: '', attributes: {} };
      nodes.push({ ...common, op: 'QuantizeLinear', inputs: [output, scale, zero], outputs: [steps] });
      nodes.push({
        ...common,
        op: 'DequantizeLinear',
        inputs: [steps, scale, zero],
        outputs: [after(output)],
      });
    }
  }
  return { ...graph, nodes, initializers: constants };
}

const folder = mkdtempSync(path.join(tmpdir(), 'quantization-peer-'));
const bundle = await openBundle(path.join(root, 'models', 'autoneural-nano'));
const weights = await bundle.openWeights();
try {
  const graph = buildGraph('vision_encoder', bundle.config, weights, 'fp32');
  const dims = graph.inputs[0]?.dims as readonly number[];
  const calibration = [0, 1].map(seed => picture(seed, dims));
  const evaluation = Array.from({ length: images }, (_, index) => picture(index + 2, dims));
  const wiring = wiringOf(graph);
  const { units } = unitsOf(graph, { pixel_values: dims });
  const values = calibratedValues(units, wiring);
  const statistics = await calibrate({
    wiring,
    values,
    samples: calibration,
    histograms: false,
    threads: 1,
    signal,
  });
  const schemeOf = uniform(scheme, { granularity: 'channel', symmetric: true });
  const plan = planQuantizers(units, wiring, schemeOf, statistics, settings);
  writeFileSync(path.join(folder, 'float.onnx'), Buffer.concat([...encodeModel(graph)]));
  writeFileSync(
    path.join(folder, 'quantized.onnx'),
    Buffer.concat([...encodeModel(quantizedModel(graph, plan))]),
  );
  writeFileSync(
    path.join(folder, 'pictures.f32'),
    Buffer.concat(evaluation.map(({ pixel_values: x }) => bytesOf(x?.data as Float32Array))),
  );
  const cpu = process.cpuUsage();
  const wall = performance.now();
  const report = await measureAccumulated({
    name: 'vision_encoder',
    graph,
    samples: { calibration, evaluation },
    settings,
    columns: [{ id: scheme, schemeOf }],
    threads: 1,
    signal,
    statistics,
    onEvent: () => {},
  });
  const own = process.cpuUsage(cpu);
  const ownS = { cpu: (own.user + own.system) / 1e6, wall: (performance.now() - wall) / 1e3 };
  const script = path.join(root, 'bench', 'qdq_loss_debug.py');
  execFileSync(process.env['PYTHON'] ?? 'python3', [script, folder, dims.join()], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const peer = JSON.parse(readFileSync(path.join(folder, 'peer.json'), 'utf8'));
  const differences = units.map((unit, row) =>
    Math.abs((report.layers[row]?.results[0]?.sqnrDb ?? Number.NaN) - peer.sqnrDb[unit.output]),
  );
  const compared = differences.filter(Number.isFinite);
  console.log(`Nano's vision encoder in ${scheme}, ${images} pictures, 1 thread; ${machine()}`);
  console.log(`here                ${ownS.cpu.toFixed(2)} CPU-s ${ownS.wall.toFixed(2)} s`);
  console.log(
    `qdq_loss_debug      ${peer.cpuS.toFixed(2)} CPU-s ${peer.wallS.toFixed(2)} s  onnxruntime ${peer.version}`,
  );
  console.log(
    `times faster        ${(peer.cpuS / ownS.cpu).toFixed(1)} in CPU time, ${(peer.wallS / ownS.wall).toFixed(1)} in wall time`,
  );
  console.log(
    `largest difference  ${Math.max(...compared).toFixed(4)} dB over ${compared.length} of ${units.length} units`,
  );
} finally {
  weights.close();
  rmSync(folder, { recursive: true, force: true });
}
