import path from 'node:path';
import * as v from 'valibot';
import {
  calibrationMethods,
  defaultQuantizationSettings,
  htpProfiles,
  type InspectionEvent,
  type InspectParams,
  quantizationSettingsSchema,
  schemeSchema,
} from '../../protocol/quantization';
import { inspectModel } from '../../quantization/inspect';
import { parseScheme } from '../../quantization/numerics/scheme';
import { usage, wholeNumber } from '../arguments';
import type { Command, Given, Terminal } from '../command';
import { cacheFolder } from '../places';
import { Progress } from '../progress';
import { defaultLimitDb, layersBelow, quantizationTable } from '../quantizationTable';
import { choiceOf, fedWith, inputOptions, sampleOptions } from '../sampleOptions';

/** Exit code when a layer falls below the limit. */
const belowLimit = 3;
const granularities = ['tensor', 'channel', 'block'] as const;

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
    ...inputOptions,
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
  const granularity = choiceOf(given, 'granularity', granularities) ?? weights.granularity;
  const blockSize = given.values.get('block-size');
  if (granularity === 'block' && blockSize === undefined) throw usage('Blocks need a size: --block-size N.');
  const settings = v.parse(quantizationSettingsSchema, {
    schemes: schemesOf(given),
    weights: {
      granularity,
      symmetric: !given.flags.has('asymmetric'),
      ...(blockSize !== undefined && { blockSize: wholeNumber('block-size', blockSize, 1, 1 << 20) }),
    },
    calibrationMethod: choiceOf(given, 'method', calibrationMethods) ?? calibrationMethod,
    htp: choiceOf(given, 'htp', htpProfiles) ?? 'none',
  });
  const recipe = given.values.get('recipe');
  const model = path.resolve(given.positionals[0] ?? '');
  const float = given.values.get('float');
  return {
    modelPath: float === undefined ? model : path.resolve(float),
    ...(float !== undefined && { quantizedPath: model }),
    settings,
    ...fedWith(given),
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

function decibelsOf(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw usage(`--fail-below takes decibels such as 30, not "${text}".`);
}
