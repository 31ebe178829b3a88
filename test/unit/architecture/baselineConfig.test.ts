import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfig, withImageSize } from '../../../src/architecture/config';
import { modelCost } from '../../../src/architecture/modelCost';
import { partParameters, plannedTensors } from '../../../src/architecture/plannedTensors';
import { StudioError } from '../../../src/protocol/failure';
import { baseline, plainCase } from './baselineGolden';

const { config } = plainCase();
const { vision_config: vision, llm_config: text } = config;

function preset(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../models/presets/${name}.json`, import.meta.url), 'utf8'));
}

describe('a config of InternVL', () => {
  test('is read with the names and defaults of the reference', () => {
    const read = parseConfig({
      ...config,
      force_image_size: null,
      img_context_token_id: undefined,
      vision_config: { ...vision, image_size: 20, qk_normalization: undefined, norm_type: undefined },
      llm_config: {
        ...text,
        vocab_size: 92_553,
        num_key_value_heads: null,
        bias: undefined,
        rope_theta: undefined,
      },
    });
    expect(read).toMatchObject({
      imageTokenId: 92_546,
      imageTokens: 4,
      featureSize: 96,
      vision: { imageSize: 20, positionGrid: 4, merge: 2, queryKeyNorm: true, norm: 'rms' },
      text: { keyValueHeads: 4, attentionBias: true, ropeTheta: 10_000, endTokenIds: [2] },
    });
  });

  test('takes pictures of another size, whole patches of them', () => {
    const tokens = (size: number): number => parseConfig(withImageSize(config, size)).imageTokens;
    expect([20, 24, 30, 34, 40].map(tokens)).toEqual([4, 4, 9, 9, 16]);
    expect(withImageSize('no config', 64)).toBe('no config');
  });

  const wrong: [string, object, string][] = [
    [
      'another decoder',
      { ...config, llm_config: { ...text, model_type: 'qwen2' } },
      'llm_config.model_type is wrong',
    ],
    [
      'another encoder',
      { ...config, vision_config: { ...vision, model_type: 'siglip' } },
      'vision_config.model_type',
    ],
    ['no decoder', { ...config, llm_config: undefined }, 'llm_config is wrong'],
    ['the older layout', { ...config, ps_version: 'v1' }, 'ps_version is wrong'],
    ['no layout, which means the older one', { ...config, ps_version: undefined }, 'ps_version is wrong'],
    ['another layer than the last', { ...config, select_layer: -4 }, 'select_layer is wrong'],
    ['a ratio that makes no squares', { ...config, downsample_ratio: 0.3 }, 'downsample_ratio is wrong'],
    [
      'patches that cannot be merged',
      { ...config, force_image_size: 25 },
      'force_image_size is 25, whose 5 x 5 patches of 5 pixels cannot be merged 2 by 2',
    ],
    [
      'a picture smaller than a patch',
      { ...config, force_image_size: 4 },
      'force_image_size is 4, whose 0 x 0 patches',
    ],
    [
      'patches that cannot be merged, without a forced size',
      { ...config, force_image_size: null, vision_config: { ...vision, image_size: 15 } },
      'vision_config.image_size is 15',
    ],
    [
      'a patch larger than the picture',
      { ...config, vision_config: { ...vision, patch_size: 64 } },
      'vision_config.patch_size is 64, larger than image_size 20',
    ],
    [
      'heads that do not divide in the encoder',
      { ...config, vision_config: { ...vision, num_attention_heads: 5 } },
      'vision_config.num_attention_heads is 5, which does not divide hidden_size 24',
    ],
    [
      'heads that do not divide in the decoder',
      { ...config, llm_config: { ...text, num_attention_heads: 5 } },
      'llm_config.num_attention_heads is 5, which does not divide hidden_size 32',
    ],
    [
      'K/V heads that do not divide',
      { ...config, llm_config: { ...text, num_key_value_heads: 3 } },
      'llm_config.num_key_value_heads is 3, which does not divide num_attention_heads 4',
    ],
    [
      'heads of odd size',
      { ...config, llm_config: { ...text, hidden_size: 36 } },
      'llm_config.num_attention_heads is 4, which makes heads of 9',
    ],
    [
      'linear scaling of positions',
      { ...config, llm_config: { ...text, rope_scaling: { type: 'linear', factor: 2 } } },
      'llm_config.rope_scaling.type is wrong',
    ],
    [
      'an unknown norm',
      { ...config, vision_config: { ...vision, norm_type: 'batch_norm' } },
      'vision_config.norm_type is wrong',
    ],
    [
      'another activation',
      { ...config, llm_config: { ...text, hidden_act: 'gelu' } },
      'llm_config.hidden_act is wrong',
    ],
    [
      'an image token beyond the vocabulary',
      { ...config, img_context_token_id: 61 },
      'img_context_token_id is 61, beyond the 61 tokens',
    ],
  ];
  test.each(wrong)('with %s is refused and names the field', (_, json, problem) => {
    expect(() => parseConfig(json)).toThrow(StudioError);
    expect(() => parseConfig(json)).toThrow(problem);
    expect(() => parseConfig(json)).toThrow(/^config\.json cannot be used: .*[^.]\.$/);
  });

  test('of any shape is read or refused, never a crash', () => {
    const field = fc.constantFrom(
      ...Object.keys(config).map(name => [name]),
      ...Object.keys(vision).map(name => ['vision_config', name]),
      ...Object.keys(text).map(name => ['llm_config', name]),
    );
    const value = fc.oneof(fc.jsonValue(), fc.integer({ min: -1, max: 70 }), fc.double());
    fc.assert(
      fc.property(field, value, ([part = '', name], content) => {
        const json = name === undefined ? content : { ...(config[part] as object), [name]: content };
        try {
          const read = parseConfig({ ...config, [part]: json });
          expect(Number.isInteger(read.imageTokens) && read.imageTokens > 0).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(StudioError);
        }
      }),
    );
  });
});

describe('the preset internvl2-2b', () => {
  test('asks for the tensors of InternVL2-2B, no other', () => {
    const found: Record<string, [readonly number[], number]> = {};
    for (const [name, shape] of plannedTensors(parseConfig(preset('internvl2-2b')), 'fp32')) {
      const place = name.replace(/layers\.\d+\./, 'layers.*.');
      found[place] = [shape, (found[place]?.[1] ?? 0) + 1];
    }
    expect(found).toEqual(baseline.fullSize);
  });

  test('has its parameters', () => {
    const read = parseConfig(preset('internvl2-2b'));
    expect(partParameters(read, plannedTensors(read, 'fp32'))).toEqual({
      encoder: 304_012_288,
      connector: 12_595_200,
      decoder: 1_889_146_880,
      total: 2_205_754_368,
    });
  });

  /** d 1024, 24 layers, MLP 4096: tokens N cost N (patch) + N * 12 d^2 and 2 N^2 d a layer. */
  test.each([
    [256, 18, 81],
    [448, 32, 256],
    [512, 36, 324],
    [768, 54, 729],
  ])('costs at %i px what its shapes say', (size, rows, imageTokens) => {
    const read = parseConfig(withImageSize(preset('internvl2-2b'), size));
    expect(read.imageTokens).toBe(imageTokens);
    const d = 1024;
    const tokens = rows ** 2 + 1;
    const patches = rows ** 2 * 3 * 14 ** 2 * d;
    const { parts, cacheBytesPerToken, stateBytes } = modelCost(read, 1024);
    expect(parts[0]?.macs).toBe(patches + 24 * (tokens * 12 * d ** 2 + 2 * tokens ** 2 * d));
    expect(parts.map(({ parameters }) => parameters)).toEqual([304_012_288, 12_595_200, 1_889_146_880]);
    expect([cacheBytesPerToken, stateBytes]).toEqual([24 * 2 * 8 * 128 * 4, 0]);
  });
});

test('vit-nano is the twin of AutoNeural-Nano: about its parameters, its tokens, its vocabulary and its context', () => {
  const nano: unknown = JSON.parse(
    readFileSync(new URL('../../../models/autoneural-nano/config.json', import.meta.url), 'utf8'),
  );
  const [ours, theirs] = [parseConfig(preset('vit-nano')), parseConfig(nano)];
  const [own, other] = [ours, theirs].map(each => partParameters(each, plannedTensors(each, 'fp32')));
  expect(own).toEqual({ encoder: 1_645_952, connector: 83_200, decoder: 2_719_360, total: 4_448_512 });
  expect((own?.total ?? 0) / (other?.total ?? 1)).toBeCloseTo(1, 1);
  const same = ({ imageTokenId, imageTokens, vision: { imageSize }, text: read }: typeof ours) => [
    imageTokenId,
    imageTokens,
    imageSize,
    read.vocabSize,
    read.contextLength,
    read.endTokenIds,
  ];
  expect(same(ours)).toEqual(same(theirs));
});

test('vit-0.65b is the twin of autoneural-0.65b with the encoder of InternVL2-2B', () => {
  const [ours, theirs] = ['vit-0.65b', 'autoneural-0.65b'].map(name => {
    const read = parseConfig(preset(name));
    return partParameters(read, plannedTensors(read, 'fp32'));
  });
  expect(ours).toEqual({
    encoder: 304_012_288,
    connector: 5_253_120,
    decoder: 353_403_904,
    total: 662_669_312,
  });
  expect((ours?.total ?? 0) / (theirs?.total ?? 1)).toBeCloseTo(1, 1);
});
