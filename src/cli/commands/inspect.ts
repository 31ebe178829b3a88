import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseConfig, withImageSize } from '../../architecture/config';
import { graphsOf, modelCost, type PartCost } from '../../architecture/modelCost';
import { exportedFiles, exportFile } from '../../bundle/exportRecord';
import { graphCost, type LayerCost } from '../../onnx/cost';
import { readModel } from '../../onnx/readModel';
import { Safetensors } from '../../onnx/safetensors';
import type { SizeBinding } from '../../onnx/shapes/infer';
import { usage, wholeNumber } from '../arguments';
import type { Command, Given, Terminal } from '../command';
import { type Inspection, inspectionTable } from '../inspectionTable';
import { readConfig } from '../presets';

const defaultContext = 4096;

/** Shows what a model or a graph costs, without reading a weight. */
export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'show parameters, operations and memory without reading a weight',
  arguments: ['PRESET|BUNDLE|GRAPH.onnx'],
  options: {
    size: { placeholder: 'PX', description: 'edge of the picture in pixels' },
    context: {
      placeholder: 'N',
      description: `tokens in the decoder's context; without it ${defaultContext}, or the most the model takes`,
    },
    json: { description: 'everything, with each layer, as JSON' },
  },
  notes: [
    'MACs are the multiply-accumulates of convolutions and matrix products, those of attention included: of one picture\nin the encoder and the connector, of one new token in the decoder. Bytes are those of a build in fp32, of a\nfolder of "quantize apply" those of its graphs.',
    'Parameters are those of the published network, before a build folds scales into weights.',
  ],
  run: runInspect,
};

async function runInspect(given: Given, terminal: Terminal): Promise<void> {
  const [target = ''] = given.positionals;
  const isGraph = target.endsWith('.onnx') && !existsSync(path.join(target, 'config.json'));
  const inspection = isGraph ? inspectGraph(target, given) : inspectModel(target, given);
  const asJson = given.flags.has('json');
  terminal.stdout.write(asJson ? `${JSON.stringify(inspection, null, 2)}\n` : inspectionTable(inspection));
}

function inspectModel(target: string, given: Given): Inspection {
  const { name, config: json, folder } = readConfig(target);
  const size = given.values.get('size');
  const config = parseConfig(
    size === undefined ? json : withImageSize(json, wholeNumber('size', size, 32, 4096)),
  );
  const { contextLength } = config.text;
  const asked = given.values.get('context');
  const context =
    asked === undefined
      ? Math.min(defaultContext, contextLength)
      : wholeNumber('context', asked, 1, contextLength);
  const cost = modelCost(config, context, storedTensors(folder));
  const parts = isExported(folder) ? cost.parts.map(part => asWritten(part, folder)) : cost.parts;
  const weightBytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const cacheBytes = context * cost.cacheBytesPerToken;
  return {
    name,
    parts,
    cacheBytesPerToken: cost.cacheBytesPerToken,
    stateBytes: cost.stateBytes,
    imageSize: config.vision.imageSize,
    context,
    memory: { weightBytes, cacheBytes, totalBytes: weightBytes + cacheBytes + cost.stateBytes },
    unknown: { operators: {}, macsOfLayers: 0, reasons: {} },
    layers: cost.layers,
  };
}

/** The tensors of a model's own weights, which must be the config's; undefined where it has none. */
function storedTensors(folder: string | undefined): Safetensors['tensors'] | undefined {
  const file = folder === undefined ? undefined : path.join(folder, 'model.safetensors');
  if (file === undefined || statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const weights = Safetensors.open(file);
  weights.close();
  return weights.tensors;
}

function isExported(folder: string | undefined): folder is string {
  return folder !== undefined && existsSync(path.join(folder, exportFile));
}

/** A part with the bytes of its written graphs: quantized weights take less than those of fp32. */
function asWritten(part: PartCost, folder: string): PartCost {
  const costs = graphsOf[part.name].map(name =>
    graphCost(readModel(path.join(folder, exportedFiles.graph(name)))),
  );
  return { ...part, bytes: costs.reduce((sum, cost) => sum + cost.knownBytes, 0) };
}

function inspectGraph(file: string, given: Given): Inspection {
  if (given.values.has('context')) throw usage('--context is for models; the sizes of a graph are its own.');
  const size = given.values.get('size');
  const edge = size === undefined ? undefined : wholeNumber('size', size, 1, 65_536);
  const structure = readModel(path.resolve(file));
  // The last two sizes of a picture: the only ones that --size can mean.
  const bind: SizeBinding = (_input, axis, _name, rank) => (rank === 4 && axis >= 2 ? edge : undefined);
  const cost = graphCost(structure, bind);
  const reasons = reasonsOf(cost.layers);
  return {
    name: path.basename(file),
    parts: [
      {
        name: structure.name || path.basename(file, '.onnx'),
        parameters: cost.parameters,
        macs: cost.macs,
        bytes: cost.bytes,
      },
    ],
    cacheBytesPerToken: null,
    stateBytes: null,
    imageSize: edge ?? null,
    context: null,
    memory: { weightBytes: cost.bytes, cacheBytes: null, totalBytes: null },
    unknown: {
      operators: Object.fromEntries(cost.unknownOperators),
      macsOfLayers: Object.values(reasons).reduce((sum, layers) => sum + layers, 0),
      reasons,
    },
    layers: cost.layers,
  };
}

/** Why multiply-accumulates are not known, with the number of layers. */
function reasonsOf(layers: readonly LayerCost[]): Record<string, number> {
  const reasons: Record<string, number> = {};
  for (const { reason } of layers) if (reason !== undefined) reasons[reason] = (reasons[reason] ?? 0) + 1;
  return reasons;
}
