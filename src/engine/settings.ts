import type { Bundle } from '../bundle/bundle';
import type { Generation, Preprocessor, Processor, TokenizerConfig } from '../bundle/schemas';
import { StudioError } from '../protocol/failure';
import type { Sampling } from '../protocol/prompt';
import type { PictureRecipe } from './picture/tensor';
import { createPromptEncoder, type PromptEncoder, type PromptStyle } from './text/prompt';
import { createTextCodec, type TextCodec } from './text/tokenizer';

/** How a bundle wants its pictures, texts and answers, read from its JSON files. */
export interface EngineSettings {
  picture: PictureRecipe;
  text: TextCodec;
  encodePrompt: PromptEncoder;
  /** Tokens that end an answer. */
  endTokens: ReadonlySet<number>;
  /** What holds where a request does not say otherwise. */
  sampling: Sampling;
}

/** sharp's kernels for PIL's resampling filters; PIL's box (4) and Hamming (5) have none. */
const kernels: Partial<Record<Preprocessor['resample'], PictureRecipe['kernel']>> = {
  0: 'nearest',
  1: 'lanczos3',
  2: 'linear',
  3: 'cubic',
};

/** @throws {StudioError} `bundle-damaged` or `bundle-invalid` with the file and the field */
export async function readSettings(bundle: Bundle): Promise<EngineSettings> {
  const tokens = await bundle.tokenizerConfig();
  const generation = await bundle.generation();
  const text = createTextCodec(await bundle.tokenizer(), tokens);
  const style = promptStyle(bundle, await bundle.chatTemplate(), tokens, await bundle.processor());
  const settings = {
    picture: pictureRecipe(await bundle.preprocessor(), bundle.config.vision.imageSize),
    text,
    encodePrompt: createPromptEncoder(style, text),
    endTokens: endTokens(generation, bundle.config.text.endTokenIds),
    sampling: samplingDefaults(generation),
  };
  checkImageToken(bundle, style, text);
  return settings;
}

function pictureRecipe(preprocessor: Preprocessor, imageSize: number): PictureRecipe {
  const { width, height } = preprocessor.size;
  if (width !== imageSize || height !== imageSize) {
    throw invalid(
      `preprocessor_config.json asks for pictures of ${width} x ${height} and config.json for ${imageSize} x ${imageSize}`,
    );
  }
  const kernel = kernels[preprocessor.resample];
  if (kernel === undefined)
    throw invalid(
      `preprocessor_config.json asks for resample ${preprocessor.resample}, which is not known here`,
    );
  return {
    width,
    height,
    kernel,
    rescale: preprocessor.do_rescale ? preprocessor.rescale_factor : 1,
    mean: preprocessor.do_normalize ? preprocessor.image_mean : [0, 0, 0],
    std: preprocessor.do_normalize ? preprocessor.image_std : [1, 1, 1],
  };
}

function promptStyle(
  bundle: Bundle,
  chatTemplate: string,
  tokens: TokenizerConfig,
  processor: Processor | undefined,
): PromptStyle {
  const frame = processor?.use_image_special_tokens === false ? undefined : processor;
  return {
    chatTemplate,
    bosToken: tokens.bos_token ?? '',
    eosToken: tokens.eos_token ?? '',
    imageToken: processor?.image_token ?? '<image>',
    imageStart: frame?.image_start_token ?? '',
    imageEnd: frame?.image_end_token ?? '',
    imageTokens: bundle.config.imageTokens,
  };
}

function checkImageToken(bundle: Bundle, { imageToken }: PromptStyle, text: TextCodec): void {
  const ids = text.encode(imageToken);
  const { imageTokenId } = bundle.config;
  if (ids.length === 1 && ids[0] === imageTokenId) return;
  throw invalid(
    `config.json has image_token_id (of InternVL: img_context_token_id) ${imageTokenId}, but tokenizer.json reads ${imageToken} as ${ids}`,
  );
}

function endTokens(generation: Generation, ofConfig: readonly number[]): ReadonlySet<number> {
  const ids = generation.eos_token_id ?? ofConfig;
  return new Set(typeof ids === 'number' ? [ids] : ids);
}

/** Defaults of transformers' `GenerationConfig` where the file is silent. */
function samplingDefaults(generation: Generation): Sampling {
  return {
    maxTokens: generation.max_new_tokens ?? 256,
    temperature: generation.do_sample ? (generation.temperature ?? 1) : 0,
    topK: generation.top_k ?? 50,
    topP: generation.top_p ?? 1,
    seed: 0,
  };
}

function invalid(problem: string): StudioError {
  return new StudioError('bundle-invalid', `${problem}: correct the files or fetch the model again.`);
}
