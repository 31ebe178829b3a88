import { join } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ModelConfig } from '../architecture/modelConfig';
import type { DerivedGraphs } from '../bundle/derive';
import { attentionBias } from './attentionBias';
import type { CacheShape, DecoderCache, NewRows } from './decoderCache';
import { floatsOf, loadOrt, type Ort, openSession } from './onnxRuntime';

type GraphKey = keyof DerivedGraphs;
type Sessions = Record<Exclude<GraphKey, 'decoderPrefill'>, InferenceSession> & {
  decoderPrefill?: InferenceSession;
};

export interface GraphChoices {
  /** Provider that is asked for before the CPU. */
  readonly provider?: string;
  /** Folder for the times of all operators, written on closing: `visionEncoder_<date>.json` and so on. */
  readonly profileDir?: string;
}

/** A model's four graphs as functions over float arrays. */
export class ModelGraphs {
  private constructor(
    private readonly ort: Ort,
    private readonly sessions: Sessions,
    private readonly config: ModelConfig,
  ) {}

  /** @param threads inside one operator */
  static async open(
    paths: DerivedGraphs,
    config: ModelConfig,
    threads: number,
    { provider, profileDir }: GraphChoices = {},
  ): Promise<ModelGraphs> {
    const open = (name: GraphKey, path: string) =>
      openSession(path, threads, {
        ...(provider !== undefined && { provider }),
        ...(profileDir !== undefined && { profilePrefix: join(profileDir, name) }),
      });
    const sessions = {
      visionEncoder: await open('visionEncoder', paths.visionEncoder),
      connector: await open('connector', paths.connector),
      embedTokens: await open('embedTokens', paths.embedTokens),
      decoder: await open('decoder', paths.decoder),
      ...(paths.decoderPrefill !== undefined && {
        decoderPrefill: await open('decoderPrefill', paths.decoderPrefill),
      }),
    };
    return new ModelGraphs(await loadOrt(), sessions, config);
  }

  get cacheShape(): CacheShape {
    const { layers, keyValueHeads, headDim, hiddenSize, convTaps } = this.config.text;
    const indices = (kind: 'conv' | 'attention') =>
      [...layers.keys()].filter(layer => layers[layer] === kind);
    return {
      attentionLayers: indices('attention'),
      convLayers: indices('conv'),
      keyValueHeads,
      headDim,
      hiddenSize,
      convColumns: convTaps - 1,
    };
  }

  /** Pixels [1, 3, size, size] -> image features [1, tokens, channels]. */
  async encode(pixels: Float32Array): Promise<Float32Array> {
    const { imageSize } = this.config.vision;
    const feeds = { pixel_values: this.floats(pixels, [1, 3, imageSize, imageSize]) };
    const outputs = await this.sessions.visionEncoder.run(feeds);
    return floatsOf(outputs['image_features'], 'image_features');
  }

  /** Image features [1, tokens, channels] -> image embeddings [1, tokens, d]. */
  async project(features: Float32Array): Promise<Float32Array> {
    const { imageTokens, featureSize } = this.config;
    const feeds = { image_features: this.floats(features, [1, imageTokens, featureSize]) };
    const outputs = await this.sessions.connector.run(feeds);
    return floatsOf(outputs['image_embeds'], 'image_embeds');
  }

  /** Token ids -> embeddings [1, ids, d]. */
  async embed(ids: readonly number[]): Promise<Float32Array> {
    const feeds = { input_ids: this.integers(ids) };
    const outputs = await this.sessions.embedTokens.run(feeds);
    return floatsOf(outputs['inputs_embeds'], 'inputs_embeds');
  }

  /**
   * Reads tokens behind those in the cache and takes their rows into it; more than one at once through the graph for
   * prompts, where there is one.
   * @param embeds [1, count, d]
   * @returns the logits behind the last token, [vocabulary]
   */
  async decode(embeds: Float32Array, cache: DecoderCache): Promise<Float32Array> {
    const { hiddenSize } = this.config.text;
    const count = embeds.length / hiddenSize;
    const { decoder, decoderPrefill = decoder } = this.sessions;
    const session = count > 1 ? decoderPrefill : decoder;
    const outputs = await session.run(this.decoderFeeds(embeds, count, cache));
    const newRows = new Map<number, NewRows>();
    for (const layer of cache.rows.keys()) {
      const [key, value] = ['key', 'value'].map(part => `present_key_values.${layer}.${part}`) as [
        string,
        string,
      ];
      newRows.set(layer, { key: floatsOf(outputs[key], key), value: floatsOf(outputs[value], value) });
    }
    const conv = new Map(
      [...cache.conv.keys()].map(layer => [
        layer,
        floatsOf(outputs[`present_conv.${layer}`], 'present_conv'),
      ]),
    );
    cache.append(count, newRows, conv);
    return floatsOf(outputs['logits'], 'logits');
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.sessions).map(session => session.release()));
  }

  private decoderFeeds(embeds: Float32Array, count: number, cache: DecoderCache): Record<string, Tensor> {
    const { keyValueHeads, headDim, hiddenSize, convColumns } = cache.shape;
    const { length, capacity } = cache;
    const feeds: Record<string, Tensor> = {
      inputs_embeds: this.floats(embeds, [1, count, hiddenSize]),
      position_ids: this.integers(Array.from({ length: count }, (_, i) => length + i)),
      attention_bias: this.floats(attentionBias(count, length, capacity), [count, capacity + count]),
    };
    for (const [layer, { key, value }] of cache.rows) {
      const dims = [1, keyValueHeads, capacity, headDim];
      feeds[`past_key_values.${layer}.key`] = this.floats(key, dims);
      feeds[`past_key_values.${layer}.value`] = this.floats(value, dims);
    }
    for (const [layer, state] of cache.conv)
      feeds[`past_conv.${layer}`] = this.floats(state, [1, hiddenSize, convColumns]);
    return feeds;
  }

  private floats(data: Float32Array, dims: readonly number[]): Tensor {
    return new this.ort.Tensor('float32', data, dims);
  }

  private integers(values: readonly number[]): Tensor {
    return new this.ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  }
}
