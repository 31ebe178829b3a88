import { basename } from 'node:path';
import * as v from 'valibot';
import { parseConfig } from '../architecture/config';
import type { ModelConfig } from '../architecture/modelConfig';
import { Safetensors } from '../onnx/safetensors';
import { StudioError } from '../protocol/failure';
import type { ModelInfo } from '../protocol/models';
import { precisions } from '../protocol/prompt';
import { BundleFiles } from './files';
import { checkIntegrity, type Integrity } from './integrity';
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
const required = [
  configFile,
  weightsFile,
  'tokenizer.json',
  'tokenizer_config.json',
  'preprocessor_config.json',
];
const optional = [templateFile, 'generation_config.json', 'processor_config.json'];

/** A model folder whose files were verified when it was opened. */
export class Bundle {
  /** The folder's own name. */
  readonly name: string;

  constructor(
    private readonly files: BundleFiles,
    private readonly integrity: Integrity,
    readonly config: ModelConfig,
    private readonly parameters: number,
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
    return [configFile, weightsFile].map(name => this.integrity.files.get(name)).join('-');
  }

  /** sha256 of model.safetensors: what recipes and ranges are made for. */
  get weightsSha256(): string {
    return this.integrity.files.get(weightsFile) ?? '';
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
      precisions: [...precisions],
    };
  }

  /** Opens the weights; the caller closes them. */
  async openWeights(): Promise<Safetensors> {
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
  const integrity = await checkIntegrity(files, required, [...required, ...optional]);
  for (const name of required) await files.locate(name);
  const config = parseConfig(await files.readJson(configFile, v.unknown(), mebibyte));
  const weights = Safetensors.open((await files.locate(weightsFile)).path);
  try {
    return new Bundle(files, integrity, config, countParameters(weights));
  } finally {
    weights.close();
  }
}

function countParameters({ tensors }: Safetensors): number {
  let count = 0;
  for (const { shape } of tensors.values()) count += shape.reduce((product, size) => product * size, 1);
  return count;
}
