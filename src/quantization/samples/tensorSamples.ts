import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { StudioError, type ValueInput } from '../../protocol/failure';
import { convertValues, type Numbers } from './convert';
import { type Feeds, type FeedTensor, type InputSpec, isFeedType } from './feeds';
import { parseJsonSamples } from './jsonSamples';
import { parseNpy } from './npy';

export interface NamedFeeds {
  /** The files it came from, for a report. */
  readonly name: string;
  readonly feeds: Feeds;
}

export interface TensorSamples {
  readonly samples: readonly NamedFeeds[];
  /** Files and samples that could not be used, with the reason. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/** Numbers with a shape, before they are fitted to an input. */
export interface RawTensor {
  readonly dims: readonly number[];
  readonly values: Numbers;
}

/** Files beyond these are refused before they are read. */
const maxFileBytes = 2 ** 29;
const maxFiles = 10_000;

/** A sample that is not complete yet. */
interface Draft {
  /** Names of the files it comes from, as a person knows them. */
  readonly files: string[];
  /** What was read for it, by input name. */
  readonly tensors: Map<string, RawTensor>;
}

/**
 * Samples for the inputs of a graph:
 * - a `.npy` file: the input it is named after, or the only one;
 * - a `.json` file: `{"input": {"dims": [1, 2], "data": [1, 2]}}`, or a list of such samples;
 * - a folder of them. `NAME.npy` is one sample's input; `NAME.0.npy`, `NAME.1.npy` … (also `NAME_0`, `NAME-0`) are
 *   several samples', matched by their number; each subfolder is one sample. Characters of a name that files cannot
 *   have are written as `_`.
 *
 * What cannot be used is skipped with its reason; inputs that no file names are left out of the feeds only where
 * `optional` holds them.
 * @throws {StudioError} `file-missing`, or `samples-invalid` when no sample is left.
 */
export async function readTensorSamples(
  path: string,
  inputs: readonly InputSpec[],
  optional: ReadonlySet<string> = new Set(),
): Promise<TensorSamples> {
  const drafts = new Map<string, Draft>();
  const skipped: { name: string; reason: string }[] = [];
  for (const file of await filesOf(path)) {
    try {
      await readInto(drafts, file, inputs);
    } catch (error) {
      skipped.push({ name: file.name, reason: reasonOf(error) });
    }
  }
  const samples: NamedFeeds[] = [];
  for (const [, draft] of [...drafts].sort(([a], [b]) => naturalOrder.compare(a, b))) {
    const name = draft.files.join(', ');
    try {
      samples.push({ name, feeds: feedsOf(draft.tensors, inputs, optional) });
    } catch (error) {
      skipped.push({ name, reason: reasonOf(error) });
    }
  }
  if (samples.length > 0) return { samples, skipped };
  const first = skipped[0];
  const why = first === undefined ? 'it holds no .npy and no .json file' : `${first.name}: ${first.reason}`;
  const names = inputs.map(input => input.name).join(', ');
  const message = `No sample could be read from ${path} (${why}); give tensors for ${names} as .npy or .json files.`;
  const valueInputs = neverGiven([...drafts.values()], inputs, optional);
  throw new StudioError('samples-invalid', message, valueInputs.length > 0 ? { asks: { valueInputs } } : {});
}

/** Inputs that no sample has, where there are samples: one number may be meant for all. */
function neverGiven(
  drafts: readonly Draft[],
  inputs: readonly InputSpec[],
  optional: ReadonlySet<string>,
): ValueInput[] {
  if (drafts.length === 0) return [];
  return inputs
    .filter(({ name }) => !optional.has(name) && !drafts.some(({ tensors }) => tensors.has(name)))
    .map(({ name, type }) => ({ name, type }));
}

/** Name of the one sample that the unnumbered files of a folder make. */
const onlySample = 'sample';

const naturalOrder = new Intl.Collator('en', { numeric: true });

interface SampleFile {
  readonly path: string;
  /** Relative to the folder that was named. */
  readonly name: string;
  /** Name of the subfolder, which is one sample; null at the top. */
  readonly folder: string | null;
}

async function filesOf(path: string): Promise<SampleFile[]> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) {
    throw new StudioError(
      'file-missing',
      `There is no ${path}; name a .npy or .json file or a folder of them.`,
    );
  }
  if (!stats.isDirectory()) return [{ path, name: basename(path), folder: null }];
  const files: SampleFile[] = [];
  for (const entry of await entriesOf(path)) {
    if (!entry.isDirectory()) {
      files.push({ path: join(path, entry.name), name: entry.name, folder: null });
      continue;
    }
    for (const inner of await entriesOf(join(path, entry.name))) {
      if (inner.isDirectory()) continue;
      const name = `${entry.name}/${inner.name}`;
      files.push({ path: join(path, name), name, folder: entry.name });
    }
  }
  const tensors = files.filter(file => ['.npy', '.json'].includes(extname(file.name).toLowerCase()));
  if (tensors.length <= maxFiles) return tensors;
  const message = `${path} holds ${tensors.length} files, more than the ${maxFiles} allowed; use a smaller folder.`;
  throw new StudioError('samples-invalid', message);
}

async function entriesOf(dir: string) {
  const entries = await readdir(dir, { withFileTypes: true });
  return entries.sort((a, b) => naturalOrder.compare(a.name, b.name));
}

async function readInto(
  drafts: Map<string, Draft>,
  file: SampleFile,
  inputs: readonly InputSpec[],
): Promise<void> {
  const bytes = await readBounded(file.path);
  if (extname(file.name).toLowerCase() === '.json') {
    const list = parseJsonSamples(bytes.toString('utf8'), file.name);
    for (const [index, tensors] of list.entries()) {
      const name = list.length === 1 ? file.name : `${file.name}[${index}]`;
      drafts.set(name, { files: [name], tensors });
    }
    return;
  }
  const { input, number } = placeOf(basename(file.name, extname(file.name)), inputs);
  const sample = file.folder ?? (number === null ? onlySample : String(number));
  const tensor = parseNpy(bytes, file.name);
  const draft = drafts.get(sample) ?? { files: [], tensors: new Map<string, RawTensor>() };
  draft.files.push(file.name);
  draft.tensors.set(input, tensor);
  drafts.set(sample, draft);
}

async function readBounded(path: string): Promise<Buffer> {
  const stats = await stat(path);
  if (!stats.isFile()) throw new StudioError('samples-invalid', 'it is no regular file');
  if (stats.size > maxFileBytes) {
    throw new StudioError(
      'samples-invalid',
      `it has ${stats.size} bytes, more than the ${maxFileBytes} allowed`,
    );
  }
  return await readFile(path);
}

/** The input that a file's name means, and the number of its sample; null = the only one. */
function placeOf(stem: string, inputs: readonly InputSpec[]): { input: string; number: number | null } {
  const named = (name: string): InputSpec | undefined =>
    inputs.find(input => input.name === name) ?? inputs.find(input => fileName(input.name) === name);
  const whole = named(stem);
  if (whole !== undefined) return { input: whole.name, number: null };
  const [, name, digits] = /^(.+)[._-](\d{1,9})$/.exec(stem) ?? [];
  const numbered = name === undefined ? undefined : named(name);
  if (numbered !== undefined) return { input: numbered.name, number: Number(digits) };
  const [only] = inputs;
  if (only !== undefined && inputs.length === 1) {
    return { input: only.name, number: digits === undefined ? null : Number(digits) };
  }
  const message = `its name is none of the inputs ${inputs.map(input => input.name).join(', ')}`;
  throw new StudioError('samples-invalid', message);
}

function fileName(input: string): string {
  return input.replace(/[\\/:*?"<>|]/g, '_');
}

function feedsOf(
  tensors: Draft['tensors'],
  inputs: readonly InputSpec[],
  optional: ReadonlySet<string>,
): Feeds {
  const unknown = [...tensors.keys()].find(name => inputs.every(input => input.name !== name));
  if (unknown !== undefined) {
    const known = inputs.map(input => input.name).join(', ');
    throw new StudioError('samples-invalid', `the graph has no input ${unknown}, only ${known}`);
  }
  const feeds: Record<string, FeedTensor> = {};
  for (const input of inputs) {
    const raw = tensors.get(input.name);
    if (raw !== undefined) feeds[input.name] = fitted(raw, input);
    else if (!optional.has(input.name)) {
      throw new StudioError('samples-invalid', `the input ${input.name} is missing`);
    }
  }
  return feeds;
}

function fitted({ dims, values }: RawTensor, { name, type, dims: expected }: InputSpec): FeedTensor {
  const fits =
    dims.length === expected.length &&
    expected.every((size, axis) => typeof size === 'string' || size === dims[axis]);
  if (!fits) {
    const message = `${name} has the shape (${dims.join(', ')}), but the graph takes (${expected.join(', ')})`;
    throw new StudioError('samples-invalid', message);
  }
  if (!isFeedType(type))
    throw new StudioError('samples-invalid', `${name} has the type ${type}, which cannot be fed`);
  try {
    return { type, dims, data: convertValues(values, type) };
  } catch (error) {
    throw new StudioError('samples-invalid', `${name} holds a number that does not fit: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
