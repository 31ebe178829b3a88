/** Measurements for previews of the quantization view: drawn by a seeded rule after Nano's layers, not measured. */
import {
  defaultQuantizationSettings,
  type ErrorFigure,
  type QuantizationReport,
  type UnitDetail,
} from '../../../src/protocol/quantization';
import type { Inspection, QuantizationViewState } from '../../../src/protocol/quantizationView';

type GraphReport = QuantizationReport['graphs'][number];
type LayerReport = GraphReport['layers'][number];

export const schemes = ['w8a16', 'w8a8', 'w4a16', 'w4a8'];

/** A figure whose parts agree with each other, as measured ones do. */
export function figure(sqnrDb: number): ErrorFigure {
  const noise = 10 ** (-sqnrDb / 10);
  return {
    sqnrDb,
    exact: false,
    rmsPercent: 100 * Math.sqrt(noise),
    cosine: 1 / Math.sqrt(1 + noise),
    maxError: 7 * Math.sqrt(noise),
  };
}

/** Park and Miller's generator: the same map every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

const starts: Readonly<Record<string, number>> = { w8a16: 58, w8a8: 42, w4a16: 27, w4a8: 25, recipe: 54 };
const slopes: Readonly<Record<string, number>> = { w8a16: 12, w8a8: 11, w4a16: 7, w4a8: 9, recipe: 9 };

function layer(name: string, op: string, depth: number, next: () => number, columns: string[]): LayerReport {
  const results = columns.map(scheme => {
    const hurt = op === 'Softmax' && scheme.endsWith('a8') ? 11 : 0;
    const spread = (next() - 0.5) * 3;
    return { scheme, ...figure((starts[scheme] ?? 40) - (slopes[scheme] ?? 10) * depth - hurt + spread) };
  });
  const parameters = op === 'Conv' || op === 'MatMul' ? Math.round(1000 + 60_000 * next()) : 0;
  return { layer: name, op, parameters, outputShape: [12, 64, 16], results };
}

function visionNames(): [string, string][] {
  const names: [string, string][] = [
    ['vision.stem', 'Conv'],
    ['vision.stemNorm', 'RMSNorm'],
  ];
  for (const [stage, blocks] of [3, 5, 7, 5].entries())
    for (let block = 0; block < blocks; block++) {
      const place = `vision.stage${stage}.block${block}`;
      if (stage >= 2 && block % 2 === 1)
        for (const [part, op] of [
          ['norm', 'RMSNorm'],
          ['attn.query', 'Conv'],
          ['attn.key', 'Conv'],
          ['attn.value', 'Conv'],
          ['attn.softmax', 'Softmax'],
          ['attn.output', 'Conv'],
        ])
          names.push([`${place}.${part}`, op ?? '']);
      else for (const part of ['expand', 'project']) names.push([`${place}.${part}`, 'Conv']);
    }
  names.push(
    ['vision.msfa.ffn.expand', 'Conv'],
    ['vision.msfa.ffn.project', 'Conv'],
    ['vision.msfa.norm', 'RMSNorm'],
  );
  return [
    ...names,
    ['connector.linear1', 'MatMul'],
    ['connector.act', 'Gelu'],
    ['connector.linear2', 'MatMul'],
  ];
}

function decoderNames(): [string, string][] {
  const names: [string, string][] = [];
  for (let index = 0; index < 6; index++) {
    const place = `decoder.layer${index}`;
    const parts =
      index % 3 === 2
        ? ['attn.query', 'attn.key', 'attn.value', 'attn.output']
        : ['conv.input', 'conv.output'];
    for (const part of parts) names.push([`${place}.${part}`, 'MatMul']);
    for (const part of ['feedForward.gate', 'feedForward.up', 'feedForward.down'])
      names.push([`${place}.${part}`, 'MatMul']);
  }
  return [...names, ['decoder.norm', 'RMSNorm'], ['decoder.lm_head', 'MatMul']];
}

function graph(name: string, names: [string, string][], columns: string[], seed: number): GraphReport {
  const next = random(seed);
  const layers = names.map(([place, op], index) => layer(place, op, index / names.length, next, columns));
  return { name, layers, output: layers.at(-1)?.results ?? [], unmeasured: [] };
}

export function report(columns = schemes, seed = 7): QuantizationReport {
  const encoder = graph('vision_encoder', visionNames(), columns, seed);
  encoder.unmeasured.push({ layer: 'vision.positions', reason: 'integer arithmetic has no quantizer' });
  return {
    model: { name: 'autoneural-nano', sha256: 'ab'.repeat(32) },
    settings: defaultQuantizationSettings,
    calibration: {
      source: 'shipped',
      method: 'minmax',
      calibrationSamples: 64,
      evaluationSamples: 16,
      skipped: [],
    },
    graphs: [
      encoder,
      graph('decoder.prefill', decoderNames(), columns, seed + 1),
      graph('decoder.decode', decoderNames(), columns, seed + 2),
    ],
    partial: false,
  };
}

export function inspection(change: Partial<Inspection> = {}): Inspection {
  const whole = report();
  return {
    name: 'autoneural-nano',
    place: 'models/autoneural-nano',
    run: { state: 'done' },
    report: whole,
    events: [],
    usualSamples: 'shipped',
    openInputs: [],
    shapes: {},
    valueInputs: [],
    values: {},
    pixels: null,
    original: null,
    ...change,
  };
}

export function viewState(change: Partial<QuantizationViewState> = {}): QuantizationViewState {
  return {
    sessionId: 's1',
    model: inspection(),
    compared: null,
    settings: defaultQuantizationSettings,
    calibration: null,
    recipe: null,
    trusted: true,
    runtime: { state: 'ready' },
    ...change,
  };
}

/** The measurement half way: all rows, two schemes of the encoder. */
export function running(): Inspection {
  const whole = report();
  const events: Inspection['events'] = whole.graphs.map(({ name, layers, unmeasured }) => ({
    type: 'units',
    graph: name,
    units: layers.map(({ results: _, ...unit }) => unit),
    unmeasured,
  }));
  const [encoder] = whole.graphs;
  for (const scheme of ['w8a16', 'w8a8'])
    events.push({
      type: 'figures',
      graph: 'vision_encoder',
      scheme,
      figures:
        encoder?.layers.map(({ results }) => results.find(result => result.scheme === scheme) ?? null) ?? [],
      output: encoder?.output.find(result => result.scheme === scheme) ?? null,
    });
  events.push({ type: 'status', message: 'Measuring W4A16 of the vision encoder', done: 5, total: 12 });
  return inspection({ run: { state: 'running' }, report: null, events });
}

/** What the runtime says of a softmax at 8 bit: a coarse grid, a long tail, and 16 bit as the way out. */
export function softmaxDetail(change: Partial<UnitDetail> = {}): UnitDetail {
  const bins = 128;
  const float = Array.from({ length: bins }, (_, bin) =>
    Math.round(60_000 * Math.exp(-bin / 9) + 40 * Math.exp(-((bin - 90) ** 2) / 300)),
  );
  const quantized = float.map((_, bin) =>
    bin % 5 === 0 ? float.slice(bin, bin + 5).reduce((sum, count) => sum + count, 0) : 0,
  );
  return {
    graph: 'vision_encoder',
    layer: 'vision.stage2.block3.attn.softmax',
    scheme: 'w8a8',
    accumulated: figure(21.6),
    local: figure(24),
    weightOnly: null,
    activationOnly: figure(21.6),
    range: { min: 0, max: 0.97, chosenMin: 0, chosenMax: 0.8, clippedShare: 0.0012, step: 0.00392 },
    histogram: { min: 0, max: 0.97, float, quantized },
    outliers: [
      { channel: 7, maxAbs: 0.97, timesMedian: 14.2 },
      { channel: 3, maxAbs: 0.41, timesMedian: 6.1 },
      { channel: 11, maxAbs: 0.21, timesMedian: 3.2 },
    ],
    suggestion: {
      match: 'vision.stage2.*.attn.softmax',
      scheme: 'w8a16',
      extraBytes: 0,
      outputSqnrDbBefore: 30.3,
      outputSqnrDbAfter: 39.4,
    },
    ...change,
  };
}

export const wideSchemes = ['w8a16', 'w8a8', 'w4a16', 'w4a8', 'w8', 'w4', 'a16', 'a8'];

/** A graph of so many layers in eight schemes. */
export function wideReport(count: number): QuantizationReport {
  const names = Array.from({ length: count }, (_, index): [string, string] => [
    `/model/stage${Math.floor(index / 250)}/block${Math.floor(index / 10) % 25}/conv${index % 10}/Conv_${index}`,
    index % 7 === 0 ? 'Softmax' : 'Conv',
  ]);
  const whole = report(wideSchemes);
  return {
    ...whole,
    settings: { ...whole.settings, schemes: wideSchemes },
    graphs: [graph('wide.onnx', names, wideSchemes, 5)],
  };
}
