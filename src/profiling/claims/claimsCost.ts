import type { BuiltPrecision } from '../../architecture/build';
import { parseConfig, withImageSize } from '../../architecture/config';
import { type ModelCost, modelCost } from '../../architecture/modelCost';
import type { ClaimsField } from '../../protocol/claimsRun';
import { StudioError } from '../../protocol/failure';
import { graphBytes } from './contenderFacts';
import { type NamedModel, textTokens } from './measureClaims';
import { decodeTokens } from './passes';

export interface CostOptions {
  /** The model whose claims are tested, then the baseline. */
  readonly models: readonly [NamedModel, NamedModel];
  readonly imageSizes: readonly number[];
  readonly contexts: readonly number[];
  readonly precision: BuiltPrecision;
  readonly repeats: number;
  readonly threads: number;
}

/** What a comparison takes of the machine. */
export interface Cost {
  readonly diskBytes: number;
  readonly memoryBytes: number;
  readonly minutes: number;
  readonly contextLengths: [number, number];
}

/** A form that cannot be measured: which field, and why. */
export class FieldError extends Error {
  constructor(
    readonly field: ClaimsField,
    readonly reason: StudioError,
  ) {
    super(reason.message, { cause: reason });
  }
}

/** Measured with the pairs of presets on a server's cores (AVX-512); a guess for any other machine. */
const rates = { macsPerThread: 30e9, writtenBytes: 80e6, loadedBytes: 150e6, readBytes: 4e9 };
/** Resident bytes for each byte of weights, since ONNX Runtime packs some anew, and what a process takes by itself. */
const overhead = { perWeightByte: 1.2, process: 150e6, activations: 3 };

interface Size {
  readonly imageTokens: number;
  readonly cost: ModelCost;
  readonly pictureBytes: number;
}

/**
 * Disk, memory and time of a comparison, from the configs alone; memory and time are estimates.
 * @throws {FieldError} with the field that cannot be
 */
export function claimsCost(options: CostOptions): Cost {
  const parts = options.models.map(({ name, config }, index) => {
    const field = index === 0 ? 'model' : 'baseline';
    const model = at(field, () => parseConfig(config));
    const bytes = at(field, () => graphBytes(model, options.precision));
    const sizes = options.imageSizes.map(size => sizeFor(name, config, size, options));
    const textBytes = bytes.embed_tokens + bytes.decoder + (bytes.decoder_prefill ?? 0);
    return { contextLength: model.text.contextLength, textBytes, sizes };
  });
  const sum = (value: (part: (typeof parts)[0]) => number) =>
    parts.reduce((total, part) => total + value(part), 0);
  const pictureBytes = sum(({ sizes }) => sizes.reduce((total, size) => total + size.pictureBytes, 0));
  const textBytes = sum(part => part.textBytes);
  const macs = sum(part => (options.repeats + 1) * picturesMacs(part.sizes));
  const tokens = options.contexts.length * (options.repeats + 1) * decodeTokens;
  const seconds =
    (textBytes + pictureBytes) / rates.writtenBytes +
    (textBytes * options.imageSizes.length + pictureBytes) / rates.loadedBytes +
    macs / (rates.macsPerThread * options.threads) +
    (tokens * textBytes) / rates.readBytes;
  return {
    diskBytes: textBytes + pictureBytes,
    memoryBytes:
      overhead.process +
      overhead.perWeightByte * (textBytes + sum(({ sizes }) => most(sizes, size => size.pictureBytes))) +
      overhead.activations * Math.max(...parts.map(({ sizes }) => most(sizes, largestOutput))),
    minutes: seconds / 60,
    contextLengths: [parts[0]?.contextLength ?? 0, parts[1]?.contextLength ?? 0],
  };
}

/** What is wrong here is the size, and not the config that says so. */
function sizeFor(name: string, config: unknown, imageSize: number, options: CostOptions): Size {
  try {
    return sizeOf(config, imageSize, options);
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    const message = `${name} takes no pictures of ${imageSize} px, since its patches or strides do not divide them: choose another size, such as 256 or 512.`;
    throw new FieldError('imageSizes', new StudioError('usage', message, { cause: error }));
  }
}

function sizeOf(config: unknown, imageSize: number, { precision }: CostOptions): Size {
  const model = parseConfig(withImageSize(config, imageSize));
  const bytes = graphBytes(model, precision);
  return {
    imageTokens: model.imageTokens,
    cost: modelCost(model, 1),
    pictureBytes: bytes.vision_encoder + bytes.connector,
  };
}

/** Multiply-accumulates of the way to the first token, once at each size. */
function picturesMacs(sizes: readonly Size[]): number {
  return sizes.reduce((total, { imageTokens, cost }) => {
    const macs = (name: string) => cost.parts.find(part => part.name === name)?.macs ?? 0;
    return total + macs('encoder') + macs('connector') + (imageTokens + textTokens) * macs('decoder');
  }, 0);
}

/** Bytes of the largest tensor between two layers, in fp32. */
function largestOutput({ cost }: Size): number {
  const elements = cost.layers.map(({ outputShape }) =>
    (outputShape ?? []).reduce<number>((total, size) => total * (typeof size === 'number' ? size : 1), 1),
  );
  return 4 * Math.max(0, ...elements);
}

function most(sizes: readonly Size[], value: (size: Size) => number): number {
  return Math.max(0, ...sizes.map(value));
}

function at<T>(field: ClaimsField, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof StudioError ? new FieldError(field, error) : error;
  }
}
