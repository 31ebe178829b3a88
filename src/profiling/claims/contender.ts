import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuiltPrecision, buildGraph, type GraphName, graphNamesOf } from '../../architecture/build';
import { parseConfig, withImageSize } from '../../architecture/config';
import type { ModelConfig } from '../../architecture/modelConfig';
import { modelCost } from '../../architecture/modelCost';
import { plannedTensors } from '../../architecture/plannedTensors';
import { RandomWeights } from '../../architecture/randomWeights';
import type { DerivedGraphs } from '../../bundle/derive';
import { FolderWriter } from '../../bundle/folderWriter';
import { graphFileName, graphFiles } from '../../bundle/graphFiles';
import { ModelGraphs } from '../../engine/modelGraphs';
import type { Contender } from '../../protocol/claims';
import { contenderFacts } from './contenderFacts';

export interface ContenderOptions {
  readonly name: string;
  /** Content of its config.json. */
  readonly config: unknown;
  readonly precision: BuiltPrecision;
  /** Folder for its graphs; whoever made it removes it. */
  readonly dir: string;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}

const seed = 1;

/** A model with random weights, whose graphs are written once and whose encoder is written for each picture size. */
export class RandomModel {
  private readonly written = new Set<string>();

  constructor(private readonly options: ContenderOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** @throws {StudioError} `bundle-invalid` where the encoder cannot take that size */
  at(imageSize: number): ModelConfig {
    return parseConfig(withImageSize(this.options.config, imageSize));
  }

  /** Multiply-accumulates of the encoder for one picture. */
  encoderMacs(imageSize: number): number | null {
    return modelCost(this.at(imageSize), 1).parts.find(({ name }) => name === 'encoder')?.macs ?? null;
  }

  /** Opens all graphs for pictures of that size, writing those that are not there yet. */
  async open(imageSize: number): Promise<ModelGraphs> {
    const config = this.at(imageSize);
    const paths: DerivedGraphs = {
      visionEncoder: await this.write('vision_encoder', config, `${imageSize}`),
      connector: await this.write('connector', config, `${imageSize}`),
      embedTokens: await this.write('embed_tokens', config, 'text'),
      decoder: await this.write('decoder', config, 'text'),
      ...(graphNamesOf(this.options.precision).includes('decoder_prefill') && {
        decoderPrefill: await this.write('decoder_prefill', config, 'text'),
      }),
    };
    this.options.onProgress(`Loading ${this.name} for ${imageSize} px`);
    return ModelGraphs.open(paths, config, this.options.threads);
  }

  /** @param budgetBytes memory for weights, states, keys and values */
  facts(imageSize: number, budgetBytes: number): Contender {
    const { precision } = this.options;
    return contenderFacts(this.name, this.at(imageSize), precision, budgetBytes);
  }

  /** @returns absolute path of the .onnx file */
  private async write(name: GraphName, config: ModelConfig, folder: string): Promise<string> {
    const { precision, signal, onProgress } = this.options;
    const dir = join(this.options.dir, folder);
    const path = join(dir, graphFileName(name));
    if (this.written.has(path)) return path;
    const weights = new RandomWeights(plannedTensors(config, precision), seed);
    const graph = buildGraph(name, config, weights, precision);
    await mkdir(dir, { recursive: true });
    const writer = new FolderWriter(dir, {
      signal,
      cancelled: 'The comparison was stopped.',
      onProgress: (_, written) =>
        onProgress(`Writing ${name} of ${this.name}: ${(written / 1e9).toFixed(1)} GB`),
    });
    for (const { name: file, chunks } of graphFiles(graph)) await writer.chunks(file, chunks);
    this.written.add(path);
    return path;
  }
}
