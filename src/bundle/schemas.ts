import * as v from 'valibot';

const tokenId = v.pipe(v.number(), v.integer(), v.minValue(0));
const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096));
const channels = v.tuple([v.number(), v.number(), v.number()]);
const spread = v.pipe(v.number(), v.gtValue(0));
const probability = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));

/** tokenizer.json; its inner structure is the tokenizer library's business. */
export const tokenizerSchema = v.looseObject({ model: v.looseObject({}) });

/** A token as text, or as the object older files have. */
const token = v.union([
  v.string(),
  v.pipe(
    v.looseObject({ content: v.string() }),
    v.transform(({ content }) => content),
  ),
]);

export const tokenizerConfigSchema = v.looseObject({
  bos_token: v.optional(v.nullable(token)),
  eos_token: v.optional(v.nullable(token)),
  pad_token: v.optional(v.nullable(token)),
  unk_token: v.optional(v.nullable(token)),
  chat_template: v.optional(v.string()),
});
export type TokenizerConfig = v.InferOutput<typeof tokenizerConfigSchema>;

/** How a picture becomes `pixel_values`; the names are those of transformers' image processors. */
export const preprocessorSchema = v.object({
  size: v.object({ height: size, width: size }),
  /** Resampling filter in PIL's numbers: 2 = bilinear, 3 = bicubic. */
  resample: v.optional(v.picklist([0, 1, 2, 3, 4, 5]), 3),
  do_center_crop: v.optional(v.literal(false), false),
  do_rescale: v.optional(v.boolean(), true),
  rescale_factor: v.optional(spread, 1 / 255),
  do_normalize: v.optional(v.boolean(), true),
  image_mean: v.optional(channels, [0, 0, 0]),
  image_std: v.optional(v.tuple([spread, spread, spread]), [1, 1, 1]),
});
export type Preprocessor = v.InferOutput<typeof preprocessorSchema>;

export const generationSchema = v.object({
  eos_token_id: v.optional(v.nullable(v.union([tokenId, v.array(tokenId)]))),
  do_sample: v.optional(v.boolean(), false),
  temperature: v.optional(v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(10)))),
  top_k: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
  top_p: v.optional(v.nullable(probability)),
  max_new_tokens: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1)))),
});
export type Generation = v.InferOutput<typeof generationSchema>;

/** Which tokens stand for a picture in the text. */
export const processorSchema = v.object({
  image_seq_length: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  image_token: v.string(),
  image_start_token: v.optional(v.string()),
  image_end_token: v.optional(v.string()),
  use_image_special_tokens: v.optional(v.boolean(), true),
});
export type Processor = v.InferOutput<typeof processorSchema>;
