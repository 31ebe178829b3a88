import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { sizeOf, type TensorShapes } from '../architecture/plannedTensors';
import type { WeightSource } from '../architecture/weights';
import { Safetensors } from '../onnx/safetensors';
import { StudioError } from '../protocol/failure';
import { bundleName } from './buildNames';

const maxIndexBytes = 64 << 20;

/** `model.safetensors.index.json` of a checkpoint in several files. */
const indexSchema = v.object({ weight_map: v.record(v.string(), v.string()) });

const readable: readonly string[] = ['F32', 'F16', 'BF16'];

/** A tensor where it lies: its file and the name it has there. */
interface Placed {
  readonly file: Safetensors;
  readonly fileName: string;
  readonly publicName: string;
}

const embedding = 'model.language_model.embed_tokens.weight';
const head = 'lm_head.weight';
/** Values that are compared at a time. */
const comparedValues = 1 << 20;

/**
 * Weights of a public checkpoint under the names of a bundle: one safetensors file, or the index of several. Every
 * tensor of the model is known to be there once, in the right shape, and nothing else to be, but for a language head
 * that repeats the embedding it is tied to.
 */
export class PublicWeights implements WeightSource {
  private constructor(
    readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
    private readonly places: ReadonlyMap<string, Placed>,
    private readonly files: readonly Safetensors[],
  ) {}

  /**
   * @throws {StudioError} `bundle-missing`, `bundle-damaged` or `bundle-invalid` with the tensor that is missing,
   * superfluous, of another shape or type, or there twice.
   */
  static async open(path: string, wanted: TensorShapes): Promise<PublicWeights> {
    const index = path.endsWith('.json') ? await readIndex(path) : undefined;
    const names = index === undefined ? [basename(path)] : [...new Set(index.values())].sort();
    const files: Safetensors[] = [];
    const allowed = withTiedHead(wanted);
    try {
      const places = new Map<string, Placed>();
      for (const name of names) {
        const file = Safetensors.open(join(dirname(path), name));
        files.push(file);
        for (const publicName of file.tensors.keys()) {
          if (index !== undefined) checkIndexed(index, publicName, name, basename(path));
          place(places, { file, fileName: name, publicName }, allowed);
        }
      }
      for (const [name, shape] of wanted) checkPresent(places, name, shape, basename(path));
      if (!wanted.has(head)) checkTiedHead(places.get(head), places.get(embedding));
      const tensors = new Map([...wanted].map(([name, shape]) => [name, { shape }]));
      return new PublicWeights(tensors, places, files);
    } catch (error) {
      for (const file of files) file.close();
      throw error;
    }
  }

  readFloats(name: string): Float32Array {
    const placed = this.places.get(name);
    if (placed === undefined) throw new Error(`${name} is no tensor of this model`);
    return placed.file.readFloats(placed.publicName);
  }

  close(): void {
    for (const file of this.files) file.close();
  }
}

/** File of every tensor, by its public name. */
async function readIndex(path: string): Promise<ReadonlyMap<string, string>> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile() !== true) {
    throw new StudioError('bundle-missing', `There is no weights index at ${path}; check the path.`);
  }
  if (stats.size > maxIndexBytes) throw unfit(`${basename(path)} is larger than an index of weights can be`);
  const parsed = v.safeParse(indexSchema, jsonOf(await readFile(path, 'utf8')));
  if (!parsed.success) {
    throw unfit(`${basename(path)} is no index of weights, since it has no "weight_map" of tensors to files`);
  }
  const index = new Map(Object.entries(parsed.output.weight_map));
  for (const [tensor, file] of index) {
    if (file !== basename(file) || /[\\/]|^\.*$/.test(file)) {
      const place = JSON.stringify(file);
      throw unfit(`${basename(path)} places tensor ${tensor} in ${place}, which is no file beside it`);
    }
  }
  return index;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkIndexed(
  index: ReadonlyMap<string, string>,
  tensor: string,
  file: string,
  indexName: string,
): void {
  const expected = index.get(tensor);
  if (expected === undefined) throw unfit(`tensor ${tensor} of ${file} is not listed in ${indexName}`);
  if (expected !== file) {
    throw unfit(`tensor ${tensor} is in ${file} as well, but ${indexName} places it in ${expected}`);
  }
}

/** The tensors of a model, and a head of its own where the model uses the embedding instead. */
function withTiedHead(wanted: TensorShapes): TensorShapes {
  const shape = wanted.get(embedding);
  return wanted.has(head) || shape === undefined ? wanted : new Map([...wanted, [head, shape]]);
}

/** A head that is not the embedding belongs to a model that does not tie them. */
function checkTiedHead(own: Placed | undefined, table: Placed | undefined): void {
  if (own === undefined || table === undefined) return;
  const count = sizeOf(own.file.tensors.get(own.publicName)?.shape ?? []);
  for (let first = 0; first < count; first += comparedValues) {
    const part = { first, count: Math.min(comparedValues, count - first) };
    const expected = table.file.readFloats(table.publicName, part);
    const differing = own.file
      .readFloats(own.publicName, part)
      .findIndex((value, index) => value !== expected[index]);
    if (differing < 0) continue;
    throw unfit(
      `tensor ${own.publicName} of ${own.fileName} differs from ${table.publicName} at element ${first + differing}, although the config ties them`,
    );
  }
}

function place(places: Map<string, Placed>, placed: Placed, wanted: TensorShapes): void {
  const { file, fileName, publicName } = placed;
  // InternVL's tensors have their public names in a bundle too.
  const name = wanted.has(publicName) ? publicName : bundleName(publicName);
  if (name === undefined || !wanted.has(name)) {
    throw unfit(`tensor ${publicName} of ${fileName} is superfluous, since no part of the model has it`);
  }
  const other = places.get(name);
  if (other !== undefined) {
    throw unfit(`tensors ${other.publicName} and ${publicName} (${fileName}) are the same one twice`);
  }
  const shape = wanted.get(name) ?? [];
  const found = file.tensors.get(publicName);
  if (found?.shape.join() !== shape.join()) {
    throw unfit(
      `tensor ${publicName} of ${fileName} has shape [${found?.shape.join(', ')}], but the model needs [${shape.join(', ')}]`,
    );
  }
  if (!readable.includes(found.dtype)) {
    throw unfit(
      `tensor ${publicName} of ${fileName} has type ${found.dtype}, but only ${readable.join(', ')} can be read`,
    );
  }
  places.set(name, placed);
}

function checkPresent(
  places: ReadonlyMap<string, Placed>,
  name: string,
  shape: readonly number[],
  source: string,
): void {
  if (places.has(name)) return;
  throw unfit(`tensor ${name} of shape [${shape.join(', ')}] is missing in ${source}`);
}

function unfit(problem: string): StudioError {
  return new StudioError(
    'bundle-invalid',
    `The weights do not fit the model: ${problem}; choose other weights or correct the config.`,
  );
}
