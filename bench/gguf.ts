/**
 * An LFM2 decoder as a GGUF file with Q4_0 weights (gguf.md and ggml's block_q4_0 of ggml-org/llama.cpp), so that
 * llama.cpp can run the very weights that the graphs of this repository have.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { TextConfig } from '../src/architecture/modelConfig';
import type { WeightSource } from '../src/architecture/weights';
import { toHalf } from '../src/quantization/samples/half';

const valueTypes = { uint32: 4, float32: 6, bool: 7, string: 8, array: 9, int32: 5 } as const;
const tensorTypes = { f32: 0, q4_0: 2 } as const;
const alignment = 32;
const blockSize = 32;
const blockBytes = 18;

type Scalar = 'uint32' | 'int32' | 'float32' | 'bool' | 'string';
interface Entry {
  readonly key: string;
  readonly type: Scalar;
  readonly value: number | boolean | string | readonly (number | string)[];
}

interface TensorPlan {
  readonly name: string;
  /** Row-major; written with the fastest size first. */
  readonly dims: readonly number[];
  readonly type: keyof typeof tensorTypes;
  read(): Float32Array;
}

/** Writes the decoder of a config with weights under their public names. */
export function writeLfm2Gguf(file: string, text: TextConfig, weights: WeightSource): void {
  const tensors = plan(text, weights);
  const fd = openSync(file, 'w');
  try {
    const header = [u32(0x46554747), u32(3), u64(tensors.length)];
    const entries = metadata(text);
    header.push(u64(entries.length), ...entries.map(encodeEntry));
    let offset = 0;
    for (const tensor of tensors) {
      const sizes = [...tensor.dims].reverse();
      header.push(string(tensor.name), u32(sizes.length), ...sizes.map(u64));
      header.push(u32(tensorTypes[tensor.type]), u64(offset));
      offset += padded(bytesOfTensor(tensor));
    }
    write(fd, pad(Buffer.concat(header)));
    for (const tensor of tensors) {
      const values = tensor.read();
      const bytes =
        tensor.type === 'f32' ? Buffer.from(values.buffer, values.byteOffset, values.byteLength) : q4(values);
      write(fd, pad(bytes));
    }
  } finally {
    closeSync(fd);
  }
}

function plan(text: TextConfig, weights: WeightSource): TensorPlan[] {
  const prefix = 'model.language_model.';
  const d = text.hiddenSize;
  const tensor = (name: string, from: string, dims: readonly number[]): TensorPlan => ({
    name: `${name}.weight`,
    dims: name.endsWith('shortconv.conv') ? [d, text.convTaps] : dims,
    type: dims.length === 1 || name.endsWith('shortconv.conv') ? 'f32' : 'q4_0',
    read: () => weights.readFloats(`${prefix}${from}.weight`),
  });
  const tensors = [
    tensor('token_embd', 'embed_tokens', [text.vocabSize, d]),
    tensor('token_embd_norm', 'embedding_norm', [d]),
  ];
  const keyValues = text.keyValueHeads * text.headDim;
  for (const [index, kind] of text.layers.entries()) {
    const [to, from] = [`blk.${index}.`, `layers.${index}.`];
    tensors.push(
      tensor(`${to}attn_norm`, `${from}operator_norm`, [d]),
      tensor(`${to}ffn_norm`, `${from}ffn_norm`, [d]),
      tensor(`${to}ffn_gate`, `${from}feed_forward.w1`, [text.feedForwardSize, d]),
      tensor(`${to}ffn_up`, `${from}feed_forward.w3`, [text.feedForwardSize, d]),
      tensor(`${to}ffn_down`, `${from}feed_forward.w2`, [d, text.feedForwardSize]),
      ...(kind === 'conv'
        ? [
            tensor(`${to}shortconv.conv`, `${from}conv.conv`, [d, 1, text.convTaps]),
            tensor(`${to}shortconv.in_proj`, `${from}conv.in_proj`, [3 * d, d]),
            tensor(`${to}shortconv.out_proj`, `${from}conv.out_proj`, [d, d]),
          ]
        : [
            tensor(`${to}attn_q`, `${from}self_attn.q_proj`, [text.heads * text.headDim, d]),
            tensor(`${to}attn_k`, `${from}self_attn.k_proj`, [keyValues, d]),
            tensor(`${to}attn_v`, `${from}self_attn.v_proj`, [keyValues, d]),
            tensor(`${to}attn_output`, `${from}self_attn.out_proj`, [d, text.heads * text.headDim]),
            tensor(`${to}attn_q_norm`, `${from}self_attn.q_layernorm`, [text.headDim]),
            tensor(`${to}attn_k_norm`, `${from}self_attn.k_layernorm`, [text.headDim]),
          ]),
    );
  }
  return tensors;
}

function metadata(text: TextConfig): Entry[] {
  const own = (key: string, type: Scalar, value: Entry['value']): Entry => ({
    key: `lfm2.${key}`,
    type,
    value,
  });
  const tokens = Array.from({ length: text.vocabSize }, (_, id) => `t${id}`);
  return [
    { key: 'general.architecture', type: 'string', value: 'lfm2' },
    { key: 'general.alignment', type: 'uint32', value: alignment },
    own('block_count', 'uint32', text.layers.length),
    own('context_length', 'uint32', text.contextLength),
    own('embedding_length', 'uint32', text.hiddenSize),
    own('feed_forward_length', 'uint32', text.feedForwardSize),
    own('attention.head_count', 'uint32', text.heads),
    own(
      'attention.head_count_kv',
      'int32',
      text.layers.map(kind => (kind === 'conv' ? 0 : text.keyValueHeads)),
    ),
    own('attention.layer_norm_rms_epsilon', 'float32', text.normEpsilon),
    own('rope.freq_base', 'float32', text.ropeTheta),
    own('shortconv.l_cache', 'uint32', text.convTaps),
    own('vocab_size', 'uint32', text.vocabSize),
    { key: 'tokenizer.ggml.model', type: 'string', value: 'gpt2' },
    { key: 'tokenizer.ggml.pre', type: 'string', value: 'lfm2' },
    { key: 'tokenizer.ggml.tokens', type: 'string', value: tokens },
    { key: 'tokenizer.ggml.token_type', type: 'int32', value: tokens.map(() => 1) },
    { key: 'tokenizer.ggml.merges', type: 'string', value: ['t 0'] },
    { key: 'tokenizer.ggml.bos_token_id', type: 'uint32', value: 1 },
    { key: 'tokenizer.ggml.eos_token_id', type: 'uint32', value: 7 },
  ];
}

/** The values that stay of a tensor in Q4_0, but for the rounding of scales to half precision. */
export function afterQ4(values: Float32Array): Float32Array {
  const result = new Float32Array(values.length);
  for (let from = 0; from < values.length; from += blockSize) {
    const scale = scaleOf(values, from);
    for (let i = from; i < from + blockSize; i++)
      result[i] = (codeOf(values[i] as number, scale) - 8) * scale;
  }
  return result;
}

function scaleOf(values: Float32Array, from: number): number {
  let furthest = 0;
  for (let i = from; i < from + blockSize; i++) {
    const value = values[i] as number;
    if (Math.abs(value) > Math.abs(furthest)) furthest = value;
  }
  return furthest / -8;
}

function codeOf(value: number, scale: number): number {
  return scale === 0 ? 8 : Math.min(15, Math.max(0, Math.round(value / scale) + 8));
}

/** Blocks of 32 along a row: the scale as half precision, then values 0 to 15 in low and 16 to 31 in high halves. */
function q4(values: Float32Array): Buffer {
  const blocks = values.length / blockSize;
  const bytes = Buffer.alloc(blocks * blockBytes);
  for (let block = 0; block < blocks; block++) {
    const from = block * blockSize;
    const scale = scaleOf(values, from);
    const at = block * blockBytes;
    bytes.writeUInt16LE(toHalf(scale), at);
    const code = (i: number): number => codeOf(values[i] as number, scale);
    for (let i = 0; i < 16; i++) bytes[at + 2 + i] = code(from + i) | (code(from + 16 + i) << 4);
  }
  return bytes;
}

function bytesOfTensor({ dims, type }: TensorPlan): number {
  const count = dims.reduce((product, size) => product * size, 1);
  return type === 'f32' ? 4 * count : (count / blockSize) * blockBytes;
}

function encodeEntry({ key, type, value }: Entry): Buffer {
  if (!Array.isArray(value))
    return Buffer.concat([string(key), u32(valueTypes[type]), scalar(type, value as number)]);
  const head = [string(key), u32(valueTypes.array), u32(valueTypes[type]), u64(value.length)];
  return Buffer.concat([...head, ...value.map(each => scalar(type, each as number))]);
}

function scalar(type: Scalar, value: number | string | boolean): Buffer {
  if (type === 'string') return string(String(value));
  const bytes = Buffer.alloc(type === 'bool' ? 1 : 4);
  if (type === 'float32') bytes.writeFloatLE(Number(value));
  else if (type === 'bool') bytes.writeUInt8(Number(value));
  else if (type === 'int32') bytes.writeInt32LE(Number(value));
  else bytes.writeUInt32LE(Number(value));
  return bytes;
}

function string(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function padded(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]);
}

function write(fd: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}
