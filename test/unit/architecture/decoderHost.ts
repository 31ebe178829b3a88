import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { TextConfig } from '../../../src/architecture/modelConfig';
import { draw, elements } from './drawn';
import { floats, ints, run } from './ort';

interface Output {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/**
 * A plain host of the decoder graph, for tests: keeps every K/V row in a cache of `bucket` rows whose unused ones hold
 * noise, so that a graph which reads them in spite of the mask is found out.
 */
export class DecoderHost {
  private readonly state = new Map<string, Float32Array>();
  private length = 0;

  constructor(
    private readonly session: InferenceSession,
    private readonly config: TextConfig,
    private readonly bucket: number,
  ) {
    const { layers, hiddenSize, convTaps, keyValueHeads, headDim } = config;
    for (const [layer, kind] of layers.entries()) {
      if (kind === 'conv') this.state.set(`conv.${layer}`, new Float32Array(hiddenSize * (convTaps - 1)));
      else {
        for (const part of ['key', 'value']) {
          const name = `key_values.${layer}.${part}`;
          this.state.set(name, draw(name, keyValueHeads * bucket * headDim, -3, 3));
        }
      }
    }
  }

  /** Feeds the embeddings of the next tokens, [count, d]; returns `logits`. */
  async step(embeddings: Float32Array): Promise<Output> {
    const { logits } = await this.outputs(embeddings);
    if (logits === undefined) throw new Error('the graph has no logits');
    return logits;
  }

  /** As {@link step}, with every output of the graph. */
  async outputs(embeddings: Float32Array): Promise<Readonly<Record<string, Output>>> {
    const { hiddenSize } = this.config;
    const count = embeddings.length / hiddenSize;
    const past = this.length === 0 ? 0 : this.bucket;
    const positions = Array.from({ length: count }, (_, index) => this.length + index);
    const feeds: Record<string, Tensor> = {
      inputs_embeds: floats(embeddings, [1, count, hiddenSize]),
      position_ids: ints(positions, [1, count]),
      attention_bias: floats(this.bias(count, past), [count, past + count]),
    };
    for (const [name, data] of this.state) {
      const dims = this.dimsOf(name, past);
      feeds[`past_${name}`] = floats(data.subarray(0, elements(dims)), dims);
    }
    const outputs = await run(this.session, feeds);
    for (const name of this.state.keys())
      this.keep(name, outputs[`present_${name}`]?.data ?? new Float32Array());
    this.length += count;
    return outputs;
  }

  private dimsOf(name: string, rows: number): number[] {
    const { hiddenSize, convTaps, keyValueHeads, headDim } = this.config;
    return name.startsWith('conv') ? [1, hiddenSize, convTaps - 1] : [1, keyValueHeads, rows, headDim];
  }

  private bias(count: number, past: number): Float32Array {
    const width = past + count;
    return Float32Array.from({ length: count * width }, (_, index) => {
      const row = Math.floor(index / width);
      const column = index % width;
      const visible = column < past ? column < this.length : column - past <= row;
      return visible ? 0 : -1e30;
    });
  }

  private keep(name: string, fresh: Float32Array): void {
    const held = this.state.get(name) ?? new Float32Array();
    if (name.startsWith('conv')) {
      held.set(fresh);
      return;
    }
    const { keyValueHeads, headDim } = this.config;
    const own = fresh.length / keyValueHeads;
    for (let head = 0; head < keyValueHeads; head++) {
      held.set(fresh.subarray(head * own, (head + 1) * own), (head * this.bucket + this.length) * headDim);
    }
  }
}
