import { readdirSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/architecture/config';
import { parameterCount, plannedTensors } from '../../../src/architecture/plannedTensors';

const folder = new URL('../../../models/presets/', import.meta.url);
const full = v.parse(
  v.object({ tensors: v.record(v.string(), v.array(v.number())) }),
  JSON.parse(readFileSync(new URL('../../fixtures/golden/full-size.json', import.meta.url), 'utf8')),
);

function shapesOf(preset: string) {
  const json: unknown = JSON.parse(readFileSync(new URL(`${preset}.json`, folder), 'utf8'));
  return plannedTensors(parseConfig(json), 'fp32');
}

describe('presets', () => {
  test('the full-size model asks for the tensors of timm and transformers, no other', () => {
    const shapes = shapesOf('autoneural-1.5b');
    const ours = Object.fromEntries([...shapes].filter(([name]) => !name.includes('projector')));
    const theirs = Object.entries(full.tensors).filter(([name]) => !name.includes('projector'));
    expect(ours).toEqual(Object.fromEntries(theirs));
  });

  /** Encoder widths and decoder sizes of timm and transformers, in millions unless exact. */
  test.each([
    ['autoneural-1.5b', 294.126912, 8.388608, 1170.340608],
    ['autoneural-1.5b-w075', 184.81, 8.39, 1170.34],
    ['autoneural-1.5b-w050', 99.38, 8.39, 1170.34],
    ['autoneural-1.5b-w025', 37.83, 8.39, 1170.34],
    ['autoneural-1b', 294.13, 7.34, 742.49],
    ['autoneural-0.65b', 294.13, 6.29, 354.48],
  ])('%s has the parameters it is named for', (preset, encoder, connector, decoder) => {
    const shapes = shapesOf(preset);
    const millions = (prefix: string): number => parameterCount(shapes, prefix) / 1e6;
    expect(millions('model.vision_tower.')).toBeCloseTo(encoder, 2);
    expect(millions('model.multi_modal_projector.')).toBeCloseTo(connector, 2);
    expect(millions('model.language_model.')).toBeCloseTo(decoder, 2);
  });

  test('exact figures of the paper', () => {
    const shapes = shapesOf('autoneural-1.5b');
    expect(parameterCount(shapes, 'model.vision_tower.')).toBe(294_126_912);
    expect(parameterCount(shapes, 'model.language_model.')).toBe(1_170_340_608);
    expect(parameterCount(shapes)).toBe(294_126_912 + 1_170_340_608 + 2 * 2048 ** 2);
  });

  test('every preset of the paper’s network makes 256 tokens at 256, 512 and 768 pixels', () => {
    for (const file of readdirSync(folder).filter(name => name.startsWith('autoneural-'))) {
      const json = v.parse(
        v.looseObject({ vision_config: v.looseObject({}) }),
        JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
      );
      for (const size of [256, 512, 768]) {
        const vision = { ...json.vision_config, image_size: size };
        const config = parseConfig({ ...json, vision_config: vision });
        expect(config.imageTokens).toBe(256);
        expect(() => plannedTensors(config, 'fp32')).not.toThrow();
      }
    }
  });
});
