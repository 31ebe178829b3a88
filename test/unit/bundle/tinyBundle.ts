import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { buildModel } from '../../../src/bundle/build';
import { bytesOf } from '../../../src/onnx/graphBuilder';
import { DrawnWeights } from '../architecture/drawn';
import { configJson, parity } from '../architecture/golden';

const root = mkdtempSync(join(tmpdir(), 'bundle-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;

/** A fresh folder that is removed after the tests. */
export function freshDir(): string {
  const dir = join(root, String(count++));
  mkdirSync(dir);
  return dir;
}

export const tinyShapes: Record<string, readonly number[]> = {
  ...parity.vision['pooled']?.tensors,
  ...parity.connector.tensors,
  ...parity.text['tied']?.tensors,
};

/** A whole model folder, every part of it small; `sums: false` leaves SHA256SUMS out. */
export function tinyBundle({
  shapes = tinyShapes,
  config = configJson() as object,
  sums = true,
}: {
  shapes?: Record<string, readonly number[]>;
  config?: object;
  sums?: boolean;
} = {}): string {
  const dir = freshDir();
  const json = (name: string, value: object): void => writeFileSync(join(dir, name), JSON.stringify(value));
  json('config.json', config);
  json('tokenizer.json', { version: '1.0', model: { type: 'WordLevel', vocab: {} } });
  json('tokenizer_config.json', { bos_token: '<s>', eos_token: { content: '</s>' } });
  json('preprocessor_config.json', { size: { height: 96, width: 96 } });
  json('processor_config.json', { image_token: '<image>', image_seq_length: 9 });
  json('generation_config.json', { eos_token_id: 2, max_new_tokens: 8 });
  writeFileSync(join(dir, 'chat_template.jinja'), '{{ messages }}');
  writeSafetensors(join(dir, 'model.safetensors'), shapes);
  if (sums) writeChecksums(dir);
  return dir;
}

export function writeChecksums(dir: string): string {
  const names = readdirSync(dir)
    .filter(name => name !== 'SHA256SUMS')
    .sort();
  const text = names.map(name => `${sha256(readFileSync(join(dir, name)))}  ${name}\n`).join('');
  writeFileSync(join(dir, 'SHA256SUMS'), text);
  return text;
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Changes one byte in the middle of a file. */
export function flipByte(path: string): void {
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** A file of drawn weights; `names` gives tensors another name in the file than the one they are drawn by. */
export function writeSafetensors(
  path: string,
  shapes: Readonly<Record<string, readonly number[]>>,
  names: (name: string) => string = name => name,
): void {
  const weights = new DrawnWeights(shapes);
  const header: Record<string, unknown> = {};
  const data: Uint8Array[] = [];
  let end = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const bytes = bytesOf(weights.readFloats(name));
    header[names(name)] = { dtype: 'F32', shape, data_offsets: [end, end + bytes.byteLength] };
    end += bytes.byteLength;
    data.push(bytes);
  }
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(path, Buffer.concat([prefix, text, ...data]));
}

/** A folder that `build` made of the smallest configuration with random weights. */
export async function builtFolder(): Promise<string> {
  const dir = join(freshDir(), 'built');
  await buildModel({
    name: 'tiny',
    config: configJson(),
    weights: { seed: 3 },
    precision: 'fp32',
    dir,
    force: false,
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  return dir;
}
