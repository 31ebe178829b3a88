import * as v from 'valibot';
import { expect, it } from 'vitest';
import { defaultQuantizationSettings } from '../../../../src/protocol/quantization';
import { fromQuantizationViewSchema, maxExportSize } from '../../../../src/protocol/quantizationView';

const accepted = (message: unknown) => v.safeParse(fromQuantizationViewSchema, message).success;
const png = (bytes: unknown) => ({ type: 'export', content: { kind: 'png', bytes } });

it('accepts what the view may send', () => {
  const cell = { side: 'model', graph: 'decoder.prefill', layer: '\u0000‮'.repeat(5_000), scheme: 'recipe' };
  for (const message of [
    { type: 'ready' },
    { type: 'measure', settings: defaultQuantizationSettings },
    { type: 'detail', cell },
    { type: 'addRule', match: 'vision.*.attn.softmax', scheme: 'w8a16' },
    png(new Uint8Array([137, 80, 78, 71])),
    { type: 'export', content: { kind: 'csv', text: 'layer\r\n' } },
    { type: 'inputs', side: 'compared', shapes: { x: [1, 3, 640, 640], '': [] }, values: { sr: 16000 } },
    { type: 'chooseOriginal', side: 'compared' },
    { type: 'measure', settings: defaultQuantizationSettings, pixels: 'imagenet' },
  ])
    expect(accepted(message)).toBe(true);
});

it('refuses what no view of ours sends', () => {
  for (const message of [
    null,
    { type: 'readyy' },
    { type: 'measure', settings: { ...defaultQuantizationSettings, schemes: ['w3a1'] } },
    { type: 'detail', cell: { side: 'other', graph: '', layer: '', scheme: 'w8a8' } },
    { type: 'addRule', match: 'x'.repeat(20_001), scheme: 'w8a16' },
    { type: 'addRule', match: 'x', scheme: 'w8a16\n- match: "*"' },
    png('not bytes'),
    png(new Uint8Array(maxExportSize + 1)),
    { type: 'export', content: { kind: 'exe', text: '' } },
    { type: 'inputs', side: 'model', shapes: { x: [0] }, values: {} },
    { type: 'inputs', side: 'model', shapes: { x: [1.5] }, values: {} },
    { type: 'inputs', side: 'model', shapes: { x: [2 ** 28 + 1] }, values: {} },
    { type: 'inputs', side: 'model', shapes: {}, values: { x: Number.NaN } },
    { type: 'measure', settings: defaultQuantizationSettings, pixels: 'grey' },
    { type: 'inputs', side: 'other', shapes: {}, values: {} },
  ])
    expect(accepted(message)).toBe(false);
});
