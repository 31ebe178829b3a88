import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBlock } from '../../../src/architecture/blockArgs';
import { parseConfig } from '../../../src/architecture/config';
import { planEncoder, roundChannels } from '../../../src/architecture/encoderPlan';
import type { MobileNetConfig } from '../../../src/architecture/modelConfig';
import { StudioError } from '../../../src/protocol/failure';
import { configJson, parity } from './golden';

const vision = parity.vision['pooled']?.config ?? {};
const text = parity.text['tied']?.config ?? {};

function mobileNet(fields: Record<string, unknown>): MobileNetConfig {
  const { vision: read } = parseConfig(configJson({ vision: fields }));
  if (read.kind !== 'mobilenetv5') throw new Error(`the encoder is ${read.kind}`);
  return read;
}

describe('a block string', () => {
  test('gives each kind its options and timm’s defaults', () => {
    expect(parseBlock('er_r2_k3_s2_e4_c24')).toEqual(
      Array(2).fill({
        kind: 'er',
        outChannels: 24,
        stride: 2,
        noSkip: false,
        kernel: 3,
        projectionKernel: 1,
        expansion: 4,
      }),
    );
    expect(parseBlock('uir_r1_a3_k0_s1_e1.5_c48_noskip')).toEqual([
      {
        kind: 'uir',
        outChannels: 48,
        stride: 1,
        noSkip: true,
        startKernel: 3,
        midKernel: 0,
        endKernel: 0,
        expansion: 1.5,
      },
    ]);
    expect(parseBlock('mqa_c96_d32_s1_h4_k3_r1')).toEqual([
      {
        kind: 'mqa',
        outChannels: 96,
        stride: 1,
        noSkip: false,
        kernel: 3,
        heads: 4,
        headDim: 32,
        keyStride: 1,
      },
    ]);
  });

  test.each([
    ['', 'unknown block kind ""'],
    ['ir_r1_k3_s1_e4_c24', 'unknown block kind "ir"'],
    ['constructor_r1', 'unknown block kind "constructor"'],
    ['er_r1_k3_s1_e4', 'lacks the option "c"'],
    ['er_r1_k3_s1_e4_c24_se0.25', 'option "se0.25", which er blocks do not know'],
    ['uir_r1_k3.5_s1_e4_c24', 'option "k3.5"'],
    ['uir_r1_k3_s3_e4_c24', 'option "s3", which must be a number from 1 to 2'],
    ['uir_r0_k3_s1_e4_c24', 'option "r0"'],
    ['uir_r1_k3_s1_e0_c24', 'option "e0"'],
    ['uir_r1_k3_s1_e4_c24_nre', 'option "nre"'],
    ['er_r1_k0_s1_e4_c24', 'needs a kernel of at least 1'],
    ['mqa_r1_k3_s1_h4_c96', 'lacks the option "d"'],
    ['uir_r999999999_k3_s1_e4_c24', 'option "r999999999"'],
  ])('"%s" is refused', (block, problem) => {
    expect(parseBlock(block)).toEqual({ problem: expect.stringContaining(problem) });
  });

  test('of any kind is either blocks or a problem', () => {
    const option = fc.tuple(
      fc.constantFrom('r', 'k', 's', 'e', 'c', 'a', 'h', 'd', 'v', 'p', 'x'),
      fc.oneof(fc.nat(20), fc.float(), fc.string()),
    );
    const block = fc
      .tuple(fc.constantFrom('er', 'uir', 'mqa', 'cn'), fc.array(option))
      .map(([kind, options]) => [kind, ...options.map(([key, value]) => `${key}${value}`)].join('_'));
    fc.assert(
      fc.property(block, string => {
        const parsed = parseBlock(string);
        if ('problem' in parsed) expect(parsed.problem.length).toBeGreaterThan(0);
        else
          for (const spec of parsed)
            expect(Object.values(spec).every(value => !Number.isNaN(value))).toBe(true);
      }),
    );
  });
});

test('channels round to multiples of 8, at most a tenth down', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 5000, noNaN: true }), channels => {
      const rounded = roundChannels(channels);
      expect(rounded % 8).toBe(0);
      expect(rounded).toBeGreaterThanOrEqual(0.9 * channels);
      expect(rounded - channels).toBeLessThan(8 + 0.1 * channels);
    }),
  );
  expect([11, 12, 20, 4].map(roundChannels)).toEqual([16, 16, 24, 8]);
});

test('only the first block of a stage strides, and a stride beyond 32 becomes a dilation', () => {
  const { stages } = planEncoder(mobileNet(parity.vision['dilated']?.config ?? {}));
  expect(stages.map(blocks => blocks.map(({ stride }) => stride))).toEqual([
    [2, 1, 1, 1],
    [2, 1, 1, 1],
    [2, 1, 1, 1],
    [2, 1, 1, 1],
    [1, 1],
  ]);
  expect(stages.at(-1)?.map(({ dilation }) => dilation)).toEqual([1, 2]);
});

describe('config.json', () => {
  test('is read with the names and defaults of transformers', () => {
    const { hidden_size: _, ...rest } = text;
    const { text: read } = parseConfig(
      configJson({
        text: {
          ...rest,
          hidden_size: 64,
          head_dim: undefined,
          layer_types: undefined,
          full_attn_idxs: [1, 4],
          eos_token_id: [2, 7],
        },
      }),
    );
    expect(read).toMatchObject({
      headDim: 16,
      layers: ['conv', 'attention', 'conv', 'conv', 'attention'],
      endTokenIds: [2, 7],
      ropeTheta: 1e6,
    });
    const adjusted = { block_auto_adjust_ff_dim: true, intermediate_size: 6656, block_multiple_of: 256 };
    expect(parseConfig(configJson({ text: { ...text, ...adjusted } })).text.feedForwardSize).toBe(4608);
    const levels = (msfa_indices: number[]) => mobileNet({ ...vision, msfa_indices }).fusion.levels;
    expect([levels([-2, -1]), levels([4, 0, -3])]).toEqual([
      [3, 4],
      [0, 2, 4],
    ]);
  });

  const wrong: [string, object, string][] = [
    ['no object', [], 'model_type'],
    ['another model', { ...configJson(), model_type: 'llava' }, 'model_type is wrong'],
    ['a missing part', { ...configJson(), text_config: undefined }, 'text_config is wrong'],
    [
      'an image token beyond the vocabulary',
      { ...configJson(), image_token_id: 61 },
      'image_token_id is 61, beyond the 61 tokens',
    ],
    [
      'another number of image tokens',
      { ...configJson(), image_seq_length: 64 },
      'image_seq_length is 64, but the encoder makes 9 tokens',
    ],
    [
      'heads that do not divide',
      configJson({ text: { ...text, head_dim: undefined, num_attention_heads: 5 } }),
      'text_config.num_attention_heads is 5, which does not divide hidden_size 32',
    ],
    [
      'K/V heads that do not divide',
      configJson({ text: { ...text, num_key_value_heads: 3 } }),
      'text_config.num_key_value_heads is 3, which does not divide num_attention_heads 4',
    ],
    ['an odd head', configJson({ text: { ...text, head_dim: 7 } }), 'text_config.head_dim is 7'],
    [
      'layer types of another count',
      configJson({ text: { ...text, num_hidden_layers: 6 } }),
      'text_config.layer_types names 5 layers, but num_hidden_layers is 6',
    ],
    [
      'an unknown layer type',
      configJson({ text: { ...text, layer_types: ['conv', 'mamba'] } }),
      'text_config.layer_types.1 is wrong',
    ],
    [
      'a layer out of range',
      configJson({ text: { ...text, layer_types: undefined, full_attn_idxs: [1, 5] } }),
      'text_config.full_attn_idxs names layer 5',
    ],
    [
      'scaled rotation',
      configJson({ text: { ...text, rope_parameters: { rope_type: 'yarn', rope_theta: 1e6 } } }),
      'text_config.rope_parameters.rope_type is wrong',
    ],
    [
      'no feed-forward width',
      configJson({ text: { ...text, intermediate_size: undefined } }),
      'text_config.intermediate_size is missing',
    ],
    [
      'an unknown block',
      configJson({ vision: { ...vision, block_args: [['er_r1_k3_s2_e4_c8'], ['mamba_r1']] } }),
      'vision_config.block_args.1.0 ("mamba_r1") has the unknown block kind "mamba"',
    ],
    [
      'a fusion level out of range',
      configJson({ vision: { ...vision, msfa_indices: [-2, 5] } }),
      'vision_config.msfa_indices.1 is 5, but the encoder has 5 feature levels',
    ],
    [
      'an image of no size',
      configJson({ vision: { ...vision, image_size: 0 } }),
      'vision_config.image_size is wrong',
    ],
    [
      'another activation',
      configJson({ vision: { ...vision, hidden_act: 'relu' } }),
      'vision_config.hidden_act is wrong',
    ],
  ];
  test.each(wrong)('with %s is refused and names the field', (_, json, problem) => {
    expect(() => parseConfig(json)).toThrow(StudioError);
    expect(() => parseConfig(json)).toThrow(problem);
    expect(() => parseConfig(json)).toThrow(/^config\.json cannot be used: .*[^.]\.$/);
  });

  test('of any shape is read or refused, never a crash', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(text)), (value, field) => {
        try {
          parseConfig(configJson({ text: { ...text, [field]: value } }));
        } catch (error) {
          expect(error).toBeInstanceOf(StudioError);
        }
      }),
    );
  });
});
