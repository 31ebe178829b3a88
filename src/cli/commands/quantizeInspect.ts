import path from 'node:path';
import * as v from 'valibot';
import {
  calibrationMethods,
  defaultQuantizationSettings,
  htpProfiles,
  type InspectionEvent,
  type InspectParams,
  pixelScales,
  quantizationSettingsSchema,
  schemeSchema,
} from '../../protocol/quantization';
import { inspectModel } from '../../quantization/inspect';
import { parseScheme } from '../../quantization/numerics/scheme';
import { usage, wholeNumber } from '../arguments';
import type { Command, Given, OptionSpec, Terminal } from '../command';
import { cacheFolder } from '../places';
import { Progress } from '../progress';
import { defaultLimitDb, layersBelow, quantizationTable } from '../quantizationTable';

/** Exit code when a layer falls below the limit. */
const belowLimit = 3;
const granularities = ['tensor', 'channel', 'block'] as const;

/** Options that say what samples a model is fed with. */
export const sampleOptions: Record<string, OptionSpec> = {
  calibration: {
    placeholder: 'DIR|FILE',
    description:
      'pictures, a suite (.jsonl), or .npy or .json tensors named by input; without it the shipped set, or random numbers',
  },
};

/** Sizes of inputs that a bare graph leaves open. */
export const shapeOption: OptionSpec = {
  placeholder: 'NAME=1,3,224,224',
  description: 'size of an input that the graph leaves open; may be given more than once',
  repeatable: true,
};

/** Measures what quantization does to every layer. */
export const quantizeInspectCommand: Command = {
  name: 'quantize inspect',
  summary: 'measure what quantization does to every layer',
  arguments: ['MODEL'],
  options: {
    schemes: {
      placeholder: 'LIST',
      description: `such as w8a16,w4a8 or w4; without it ${defaultQuantizationSettings.schemes.join()}`,
    },
    recipe: { placeholder: 'FILE', description: 'a *.quant.yaml, measured as a column of its own' },
    float: {
      placeholder: 'FILE|DIR',
      description: 'the original of MODEL, which is quantized already: measured as it is against that',
    },
    ...sampleOptions,
    shape: shapeOption,
    value: {
      placeholder: 'NAME=16000',
      description: 'number for an input that no sample gives; may be given more than once',
      repeatable: true,
    },
    pixels: {
      placeholder: pixelScales.join('|'),
      description: 'how an .onnx file takes pictures: 0..1, -1..1, by ImageNet, 0..255; without it unit',
    },
    method: {
      placeholder: calibrationMethods.join('|'),
      description: 'how ranges are chosen; without it minmax',
    },
    granularity: {
      placeholder: granularities.join('|'),
      description: 'weights that share a scale; without it channel',
    },
    'block-size': { placeholder: 'N', description: 'weights of a block' },
    asymmetric: { description: "weights' ranges need not be symmetric" },
    htp: { placeholder: htpProfiles.join('|'), description: 'the NPU whose limits hold; without it none' },
    'fail-below': { placeholder: 'DB', description: 'exit code 3 when a layer falls below' },
    all: { description: 'every layer, not only the weak ones' },
    json: { description: 'the whole report as JSON' },
  },
  notes: [
    'MODEL is a model folder or an .onnx file. The graph runs once in floating point and once quantized, side by side;\nfigures are signal to quantization noise at each layer, a simulation on this machine.',
  ],
  run: runInspect,
};

async function runInspect(given: Given, terminal: Terminal): Promise<void> {
  const limit = given.values.get('fail-below');
  const limitDb = limit === undefined ? defaultLimitDb : decibelsOf(limit);
  const progress = new Progress(terminal.stderr);
  const options = { cacheDir: cacheFolder(), threads: 0 };
  const show = (event: InspectionEvent): void => {
    if (event.type === 'status') progress.show(`${event.message} (${event.done} of ${event.total})`);
  };
  try {
    const report = await inspectModel(paramsOf(given), show, terminal.signal, options);
    progress.clear();
    const json = given.flags.has('json');
    const table = { limitDb, allLayers: given.flags.has('all') };
    terminal.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : quantizationTable(report, table));
    const below = limit === undefined ? [] : layersBelow(report, limitDb);
    if (below.length === 0) return;
    process.exitCode = belowLimit;
    terminal.stderr.write(
      `${below.length} of the layers fall below ${limitDb} dB, the first is ${below[0]}: give them more bits in a recipe.\n`,
    );
  } finally {
    progress.clear();
  }
}

/** @throws {StudioError} `usage` with the option that is wrong */
function paramsOf(given: Given): Omit<InspectParams, 'progressToken'> {
  const { weights, calibrationMethod } = defaultQuantizationSettings;
  const granularity = choice(given, 'granularity', granularities) ?? weights.granularity;
  const blockSize = given.values.get('block-size');
  if (granularity === 'block' && blockSize === undefined) throw usage('Blocks need a size: --block-size N.');
  const settings = v.parse(quantizationSettingsSchema, {
    schemes: schemesOf(given),
    weights: {
      granularity,
      symmetric: !given.flags.has('asymmetric'),
      ...(blockSize !== undefined && { blockSize: wholeNumber('block-size', blockSize, 1, 1 << 20) }),
    },
    calibrationMethod: choice(given, 'method', calibrationMethods) ?? calibrationMethod,
    htp: choice(given, 'htp', htpProfiles) ?? 'none',
  });
  const calibration = given.values.get('calibration');
  const recipe = given.values.get('recipe');
  const pixels = choice(given, 'pixels', pixelScales);
  const model = path.resolve(given.positionals[0] ?? '');
  const float = given.values.get('float');
  return {
    modelPath: float === undefined ? model : path.resolve(float),
    ...(float !== undefined && { quantizedPath: model }),
    settings,
    shapes: shapesOf(given.values.get('shape') ?? ''),
    values: valuesOf(given.values.get('value') ?? ''),
    ...(pixels !== undefined && { pixels }),
    ...(calibration !== undefined && { calibration: { path: path.resolve(calibration) } }),
    ...(recipe !== undefined && { recipePath: path.resolve(recipe) }),
  };
}

function schemesOf(given: Given): string[] {
  const text = given.values.get('schemes');
  if (text === undefined) return defaultQuantizationSettings.schemes;
  const schemes = [...new Set(text.toLowerCase().split(/[\s,]+/))].filter(scheme => scheme !== '');
  for (const scheme of schemes) if (!v.is(schemeSchema, scheme)) parseScheme(scheme);
  if (schemes.length >= 1 && schemes.length <= 8) return schemes;
  throw usage('--schemes takes one to eight schemes, such as w8a16,w4a8.');
}

function choice<Value extends string>(
  given: Given,
  name: string,
  values: readonly Value[],
): Value | undefined {
  const text = given.values.get(name);
  const known = values.find(value => value === text);
  if (text === undefined || known !== undefined) return known;
  throw usage(`--${name} takes ${values.join(', ')}, not "${text}".`);
}

/** `NAME=1,3,224,224`, one a line. @throws {StudioError} `usage` */
export function shapesOf(text: string): Record<string, number[]> {
  const entries = text.split('\n').filter(line => line !== '');
  return Object.fromEntries(
    entries.map(entry => {
      const [, name, sizes] = /^(.+)=(\d{1,9}(?:,\d{1,9})*)$/.exec(entry) ?? [];
      if (name === undefined || sizes === undefined)
        throw usage(`--shape takes NAME=1,3,224,224, not "${entry}".`);
      return [name, sizes.split(',').map(Number)];
    }),
  );
}

/** `NAME=16000`, one a line. */
function valuesOf(text: string): Record<string, number> {
  const entries = text.split('\n').filter(line => line !== '');
  return Object.fromEntries(
    entries.map(entry => {
      const [, name, digits] = /^(.+)=(-?[\d.]+(?:e[+-]?\d+)?)$/i.exec(entry) ?? [];
      const value = Number(digits);
      if (name === undefined || !Number.isFinite(value))
        throw usage(`--value takes NAME=16000, not "${entry}".`);
      return [name, value];
    }),
  );
}

function decibelsOf(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw usage(`--fail-below takes decibels such as 30, not "${text}".`);
}
