/**
 * What accumulated errors of a whole vision encoder cost against running it in fp32 on the same pictures.
 * `npm run quantization-cost -- autoneural-1.5b --size 512 --images 8 --schemes 1`; random weights and inputs.
 */
import { mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildGraph } from '../src/architecture/build';
import { parseConfig, withImageSize } from '../src/architecture/config';
import { plannedTensors } from '../src/architecture/plannedTensors';
import { RandomWeights } from '../src/architecture/randomWeights';
import { loadOrt, openSession } from '../src/engine/onnxRuntime';
import { encodeModel } from '../src/onnx/encode';
import { externalDataChunks, planExternalData } from '../src/onnx/externalData';
import { readGraph } from '../src/onnx/readGraph';
import { calibratedValues, uniform } from '../src/quantization/graph/placement';
import { unitsOf } from '../src/quantization/graph/units';
import { wiringOf } from '../src/quantization/graph/wiring';
import { measureAccumulated } from '../src/quantization/measure/accumulated';
import { calibrate } from '../src/quantization/measure/calibrate';
import type { Feeds } from '../src/quantization/samples/feeds';
import { machine, numberArgument } from './summary';

const preset = process.argv[2]?.startsWith('--') === false ? process.argv[2] : 'autoneural-1.5b';
const size = numberArgument('--size', 512);
const images = numberArgument('--images', 8);
const threads = numberArgument('--threads', 1);
const schemes = ['w8a16', 'w8a8', 'w4a16', 'w4a8'].slice(0, numberArgument('--schemes', 1));

function written(folder: string): string {
  const root = path.join(import.meta.dirname, '..', '..');
  const json = JSON.parse(readFileSync(path.join(root, 'models', 'presets', `${preset}.json`), 'utf8'));
  const config = parseConfig(withImageSize(json, size));
  const graph = buildGraph(
    'vision_encoder',
    config,
    new RandomWeights(plannedTensors(config, 'fp32'), 1),
    'fp32',
  );
  const layout = planExternalData(graph, 'weights.bin');
  const file = path.join(folder, 'graph.onnx');
  const parts = [
    [path.join(folder, layout.location), externalDataChunks(graph, layout)],
    [file, encodeModel(graph, layout)],
  ] as const;
  for (const [name, chunks] of parts) {
    const fd = openSync(name, 'w');
    for (const chunk of chunks)
      for (let done = 0; done < chunk.byteLength; ) done += writeSync(fd, chunk, done);
  }
  return file;
}

function picture(seed: number): Feeds {
  const dims = [1, 3, size, size];
  const data = Float32Array.from(
    { length: 3 * size * size },
    (_, index) => Math.sin(seed + index * 0.37) * Math.cos(index * 0.011),
  );
  return { pixel_values: { type: 'float32', dims, data } };
}

interface Cost {
  readonly cpuS: number;
  readonly wallS: number;
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpuS: (user + system) / 1e6, wallS: (performance.now() - wall) / 1e3 };
}

function say(what: string, { cpuS, wallS }: Cost, extra = ''): void {
  console.log(
    `${what.padEnd(52)} ${cpuS.toFixed(1).padStart(8)} CPU-s ${wallS.toFixed(1).padStart(8)} s ${extra}`,
  );
}

const folder = mkdtempSync(path.join(tmpdir(), 'quantization-cost-'));
try {
  const file = written(folder);
  console.log(`${preset} vision encoder, ${size} px, ${images} pictures, ${threads} thread(s); ${machine()}`);
  const graph = readGraph(file);
  const wiring = wiringOf(graph);
  const { units } = unitsOf(graph, { pixel_values: [1, 3, size, size] });
  const { signal } = new AbortController();
  let statistics: Awaited<ReturnType<typeof calibrate>> = new Map();
  const calibration = [0, 1].map(picture);
  const values = calibratedValues(units, wiring);
  say(
    `ranges over ${calibration.length} other pictures`,
    await costOf(async () => {
      statistics = await calibrate({
        wiring,
        values,
        samples: calibration,
        histograms: false,
        threads,
        signal,
      });
    }),
  );
  const evaluation = Array.from({ length: images }, (_, index) => picture(index + 2));
  const measured = await costOf(() =>
    measureAccumulated({
      name: preset,
      graph,
      samples: { calibration, evaluation },
      settings: { calibrationMethod: 'minmax', htp: 'none' },
      columns: schemes.map(id => ({
        id,
        schemeOf: uniform(id, { granularity: 'channel', symmetric: true }),
      })),
      threads,
      signal,
      statistics,
      onEvent: () => {},
    }),
  );
  const peakMb = process.resourceUsage().maxRSS / 1024;
  say(`${schemes.join(', ')}: all ${units.length} units`, measured, `peak memory ${peakMb.toFixed(0)} MB`);
  const ort = await loadOrt();
  const session = await openSession(file, threads);
  const feeds = evaluation.map(sample => ({
    pixel_values: new ort.Tensor('float32', sample['pixel_values']?.data as Float32Array, [1, 3, size, size]),
  }));
  const float = await costOf(async () => {
    for (const feed of feeds) await session.run(feed);
  });
  await session.release();
  say('fp32 inference of the same pictures', float);
  const ratio = (kind: keyof Cost) => (measured[kind] / schemes.length / float[kind]).toFixed(2);
  console.log(
    `per scheme ${ratio('cpuS')} times the fp32 inference in CPU time, ${ratio('wallS')} in wall time`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
