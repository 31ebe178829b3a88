import { basename, join } from 'node:path';
import * as v from 'valibot';
import { graphNames } from '../architecture/build';
import { parseConfig } from '../architecture/config';
import type { ModelConfig } from '../architecture/modelConfig';
import { Safetensors } from '../onnx/safetensors';
import { StudioError } from '../protocol/failure';
import type { ModelInfo } from '../protocol/models';
import { derivedPrecisions, exportedPrecision, type Precision } from '../protocol/prompt';
import { buildFile } from './buildFolder';
import {
  type ExportRecord,
  exportedFiles,
  exportFile,
  exportRecordSchema,
  requiredOfExport,
} from './exportRecord';
import { BundleFiles } from './files';
import { checkIntegrity, checksumFile, type Integrity } from './integrity';
import {
  type Generation,
  generationSchema,
  type Preprocessor,
  type Processor,
  preprocessorSchema,
  processorSchema,
  type TokenizerConfig,
  tokenizerConfigSchema,
  tokenizerSchema,
} from './schemas';

const mebibyte = 1 << 20;
const configFile = 'config.json';
const weightsFile = 'model.safetensors';
const templateFile = 'chat_template.jinja';
const required = [configFile, 'tokenizer.json', 'tokenizer_config.json', 'preprocessor_config.json'];
const optional = [templateFile, 'generation_config.json', 'processor_config.json'];

/** Files that say how a model is fed and read, whatever its arithmetic; not every model has all of them. */
export const mannerFiles: readonly string[] = [
  ...required,
  ...optional,
  'special_tokens_map.json',
  'added_tokens.json',
  'LICENSE',
];

/** A model folder whose files were verified when it was opened: one with float weights, or an exported one. */
export class Bundle {
  /** The folder's own name. */
  readonly name: string;

  constructor(
    private readonly files: BundleFiles,
    private readonly integrity: Integrity,
    readonly config: ModelConfig,
    private readonly parameters: number,
    /** What an exported folder says about itself; undefined in one with float weights. */
    readonly exported: ExportRecord | undefined,
  ) {
    this.name = basename(files.dir);
  }

  /** Absolute path without symbolic links. */
  get dir(): string {
    return this.files.dir;
  }

  /** The model's identity: the sha256 of its SHA256SUMS. */
  get sha256(): string {
    return this.integrity.sha256;
  }

  /** Digest of what decides the derived graphs; a new card or template leaves it unchanged. */
  get graphSha256(): string {
    const deciding = this.exported === undefined ? [weightsFile] : graphNames.map(exportedFiles.graph);
    return [configFile, ...deciding].map(name => this.integrity.files.get(name)).join('-');
  }

  /** sha256 of the float weights, what recipes and ranges are made for: of an exported folder, those it was made from. */
  get weightsSha256(): string {
    return this.exported?.model.weightsSha256 ?? this.integrity.files.get(weightsFile) ?? '';
  }

  /** Those that it can be opened in; the first where nobody chose. */
  get precisions(): readonly [Precision, ...Precision[]] {
    return this.exported === undefined ? derivedPrecisions : [exportedPrecision];
  }

  info(): ModelInfo {
    const { vision, imageTokens, text } = this.config;
    return {
      bundleDir: this.dir,
      name: this.name,
      sha256: this.sha256,
      parameters: this.parameters,
      imageSize: vision.imageSize,
      imageTokens,
      contextLength: text.contextLength,
      precisions: [...this.precisions],
      ...(this.exported && {
        exported: { recipe: this.exported.recipe.name, model: this.exported.model.name },
      }),
    };
  }

  /** @throws {StudioError} `precision-unknown` when the folder cannot be opened in it */
  checkPrecision(precision: Precision): void {
    if (this.precisions.includes(precision)) return;
    const message =
      this.exported === undefined
        ? `${this.name} holds no graphs of a recipe: write them with "autoneural quantize apply", or choose the precision ${derivedPrecisions.join(', ')}.`
        : `${this.name} holds the graphs of its recipe and no float weights, so it cannot compute in ${precision}: choose the precision ${exportedPrecision}, or ${this.exported.model.name}, which it was made from.`;
    throw new StudioError('precision-unknown', message);
  }

  /**
   * Opens the weights; the caller closes them.
   * @throws {StudioError} `bundle-invalid` for an exported folder, which has none
   */
  async openWeights(): Promise<Safetensors> {
    if (this.exported !== undefined) {
      const message = `${this.name} holds the quantized graphs of ${this.exported.model.name} and no float weights: choose ${this.exported.model.name}, which it was made from.`;
      throw new StudioError('bundle-invalid', message);
    }
    return Safetensors.open((await this.files.locate(weightsFile)).path);
  }

  /** tokenizer.json as it is. */
  tokenizer(): Promise<object> {
    return this.files.readJson('tokenizer.json', tokenizerSchema, 64 * mebibyte);
  }

  tokenizerConfig(): Promise<TokenizerConfig> {
    return this.files.readJson('tokenizer_config.json', tokenizerConfigSchema, 8 * mebibyte);
  }

  preprocessor(): Promise<Preprocessor> {
    return this.files.readJson('preprocessor_config.json', preprocessorSchema, mebibyte);
  }

  /** The folder's generation_config.json, or the schema's defaults where it has none. */
  async generation(): Promise<Generation> {
    const name = 'generation_config.json';
    if (!(await this.files.has(name))) return v.parse(generationSchema, {});
    return await this.files.readJson(name, generationSchema, mebibyte);
  }

  /** Undefined where the folder has no processor_config.json. */
  async processor(): Promise<Processor | undefined> {
    const name = 'processor_config.json';
    return (await this.files.has(name))
      ? await this.files.readJson(name, processorSchema, mebibyte)
      : undefined;
  }

  /**
   * The Jinja template of a conversation: chat_template.jinja, else the one in tokenizer_config.json.
   * @throws {StudioError} `bundle-damaged` when there is none.
   */
  async chatTemplate(): Promise<string> {
    if (await this.files.has(templateFile)) return await this.files.readText(templateFile, mebibyte);
    const { chat_template: template } = await this.tokenizerConfig();
    if (template === undefined) throw this.files.damaged(`${templateFile} is missing`);
    return template;
  }
}

/**
 * Reads and verifies a model folder. Digests are remembered within the process, so opening it again is cheap.
 * @throws {StudioError} `bundle-missing`, `bundle-damaged` (with each file that is missing or differs) or
 * `bundle-invalid` (with the field that is wrong).
 */
export async function openBundle(dir: string): Promise<Bundle> {
  const files = await BundleFiles.open(dir);
  if (!(await files.has(configFile))) {
    throw new StudioError(
      'bundle-missing',
      `${dir} is not a model folder, since it has no ${configFile}; choose a folder with config.json and model.safetensors.`,
    );
  }
  return (await files.has(exportFile)) ? await openExported(files) : await openFloat(files);
}

async function openFloat(files: BundleFiles): Promise<Bundle> {
  const needed = [...required, weightsFile];
  await refuseBuilt(files, needed);
  const integrity = await checkIntegrity(files, needed, [...needed, ...optional]);
  for (const name of needed) await files.locate(name);
  const config = await readConfig(files);
  const weights = Safetensors.open((await files.locate(weightsFile)).path);
  try {
    return new Bundle(files, integrity, config, countParameters(weights), undefined);
  } finally {
    weights.close();
  }
}

/** A folder of `build` holds graphs to be timed and exported: nothing in it is damaged, it is another thing. */
async function refuseBuilt(files: BundleFiles, needed: readonly string[]): Promise<void> {
  if (!(await files.has(buildFile))) return;
  const missing: string[] = [];
  for (const name of needed) if (!(await files.has(name))) missing.push(name);
  if (missing.length === 0) return;
  const graph = join(files.dir, exportedFiles.graph('vision_encoder'));
  const message = `${files.dir} holds graphs that "autoneural build" made and not the files of a whole model (${missing.join(', ')} are not there), so it answers no prompts and is not quantized as a whole: choose one of its graphs, such as ${graph}, or another model folder.`;
  throw new StudioError('bundle-invalid', message);
}

/** Its graphs are run as they are, so its checksums are not optional as those of other tools' folders are. */
async function openExported(files: BundleFiles): Promise<Bundle> {
  if (!(await files.has(checksumFile))) throw files.damaged(`${checksumFile} is missing`);
  const needed = [...required, ...requiredOfExport];
  const integrity = await checkIntegrity(files, needed, needed);
  const record = await files.readJson(exportFile, exportRecordSchema, mebibyte);
  return new Bundle(files, integrity, await readConfig(files), record.parameters, record);
}

async function readConfig(files: BundleFiles): Promise<ModelConfig> {
  return parseConfig(await files.readJson(configFile, v.unknown(), mebibyte));
}

function countParameters({ tensors }: Safetensors): number {
  let count = 0;
  for (const { shape } of tensors.values()) count += shape.reduce((product, size) => product * size, 1);
  return count;
}
